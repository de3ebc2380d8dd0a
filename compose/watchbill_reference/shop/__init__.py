"""Visual product search, reduced to what is watched: search, products, checkout."""
