"""What one reads first in the documentation of the API."""

from __future__ import annotations

from typing import Any, Final

DESCRIPTION: Final = """
Posts and what becomes of them, people, organizations and their settings, by the same functions that the
pages call.

### Who you are
Send `Authorization: Bearer …` with one of two things.

- **An API key**, for programs. Make one in the settings, or with `POST /api-keys`. It acts as you, in one
  organization, within the scopes and accounts you give it. It is shown once.
- **An access token**, for people. `POST /auth/sign-in` gives one for 15 minutes and a refresh token for 7
  days; `POST /auth/refresh` exchanges that for new ones, once. A refresh token that comes a second time ends
  all of that sign-in's tokens, for somebody else must have it.

A request acts in one organization: the key's, or the one your session is in (`PUT /me/organization`).
What your role allows, `GET /permissions` lists. What belongs to another organization is not found (404).

### Limits
Requests are limited, normally to 100 a minute for each person or key; for those who are not signed in, for
each network address. `RateLimit-Policy` and `RateLimit` tell the limit and what is left of it. Over it the
answer is 429, with `Retry-After` in seconds.
Signing in may be tried 5 times in 15 minutes for an address.

### Once
Send `Idempotency-Key` with a POST, and it is done once, however often you send it: for 24 hours the first
answer comes again, marked `Idempotency-Replayed: true`. With the same key, another request is refused (422).
A refused request uses no key up.

### Lists
They come in pages: `items`, and `next_cursor` to ask for what follows (`?cursor=…`); it is null at the end.
`limit` is 1 to 200, and 50 unless you say so.

### Changes
PATCH changes what you send and leaves the rest. Fields that do not exist are refused. Times are UTC (ISO
8601, ending in Z).

### Webhooks
Instead of asking again and again, be told: `POST /webhooks`. Each message is signed as
[Standard Webhooks](https://www.standardwebhooks.com) says: `webhook-signature` holds `v1,` and the base64 of
the HMAC-SHA256 of `<webhook-id>.<webhook-timestamp>.<body>`, under the bytes that the secret is the base64 of
(without `whsec_`). Answer with any 2xx within 10 seconds. A message may come twice, with one `webhook-id`.

### Errors
All are `application/problem+json` (RFC 9457). `type` says which kind and never changes; `detail` is for
people; `errors` points at the inputs that can't be used.
"""

_GROUPS: Final = {
    "auth": "Registering, signing in and out.",
    "me": "You: profile, password, second factor, sessions.",
    "organizations": "Organizations, and the one you act in.",
    "members": "Who is in the organization, and as what.",
    "invitations": "Roles offered to e-mail addresses.",
    "brands": "The organization's clients, and how they look and speak.",
    "accounts": "Accounts on the networks, connected to brands.",
    "data-health": "Whether the numbers can be trusted.",
    "posts": "What is said, and what becomes of it on each account.",
    "publications": "A post on one account: its time, its state, every attempt to send it.",
    "queues": "Slots of the week that posts take one after the other.",
    "recurrences": "Posts that come again by a rule.",
    "campaigns": "Posts around a launch, moved together.",
    "approvals": "Who approves posts, what waits for them, and what is said about it.",
    "notifications": "What you are told, and how.",
    "webhooks": "Programs that are told what happens.",
    "media": "Files for posts.",
    "identity-providers": "The organization's own OpenID providers.",
    "api-keys": "Keys for programs.",
    "audit": "Who did what to what, when and from where.",
    "installation": "For the installation's administrators.",
    "permissions": "What each role may do.",
    "health": "Can the app serve?",
}
TAGS: Final[list[dict[str, Any]]] = [{"name": name, "description": words} for name, words in _GROUPS.items()]
