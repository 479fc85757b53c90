"""All that knows HTTP: pages, forms, cookies, headers. Views load, act and go."""
