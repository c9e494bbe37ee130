"""The page *Cost*."""
