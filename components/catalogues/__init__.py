"""Key catalogues: the credentials a product knows, as data."""

from components.catalogues.read import CatalogueKey, keys, templates

__all__ = ["CatalogueKey", "keys", "templates"]
