"""Signing in by an OpenID Connect provider: the installation's own, or an organization's."""

from identity.oidc.flow import Arrived, InvitationSent, begin, finish, redirect_uri
from identity.oidc.provider import ProviderError, of_installation
from identity.oidc.state import LIFETIME_S

__all__ = [
    "LIFETIME_S",
    "Arrived",
    "InvitationSent",
    "ProviderError",
    "begin",
    "finish",
    "of_installation",
    "redirect_uri",
]
