"""A stand-in OpenID provider: whoever types an address is taken to own it. ``/oidc`` is one issuer, and
``/oidc/{realm}`` another for each realm."""
