"""The HTTP service over a store of live leads (`rules serve`). Takes a `Live`, gives an ASGI application.

Needs the extra `[serve]`; imports live and lower stages.
"""
