"""The API keeps to its own description, whatever it is sent: schemathesis, with all of its checks.

One of them, that what the description allows is accepted, can't hold as it is: no description can say which
password is right. It holds in a stricter form here: what is allowed is never refused for its form.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis import Case, Response
from schemathesis.specs.openapi.checks import positive_data_acceptance
from starlette.applications import Starlette

from app.api.application import routes
from app.api.problems import SEE_ERRORS
from foundation.settings import get_settings
from identity.permissions import Role
from tests import databases
from tests.app.api.world import World, bearer, make_world, token_of

schema = schemathesis.openapi.from_asgi("/api/v1/openapi.json", Starlette(routes=routes))
few = settings(
    max_examples=8,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(scope="module")
def shared(server_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One database for all operations; nobody is stopped for asking often."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DATABASE_URL", databases.copy(server_url))
        patch.setenv("ALLIN_HOME", str(tmp_path_factory.mktemp("home")))
        patch.setenv("ALLIN_API_REQUESTS_PER_MINUTE", "1000000")
        get_settings.cache_clear()
        yield make_world()
    get_settings.cache_clear()


def not_refused_for_its_form(_context: object, response: Response, case: Case[Any]) -> None:
    is_allowed = case.meta is not None and case.meta.generation.mode.is_positive
    if is_allowed and response.status_code == 422:
        assert response.json()["detail"] != SEE_ERRORS


def keeps_to_it(case: Case[Any], response: Response) -> None:
    case.validate_response(
        response,
        excluded_checks=[positive_data_acceptance],
        additional_checks=[not_refused_for_its_form],
    )


@schema.parametrize()
@few
def test_as_an_owner(shared: World, case: Case[Any]) -> None:
    ends = case.path.startswith("/auth/sign-out")
    token = token_of(shared.ours.owner) if ends else shared.tokens[Role.OWNER]
    keeps_to_it(case, case.call(headers=bearer(token)))


@schema.parametrize()
@settings(few, max_examples=1, phases=[Phase.generate])
@pytest.mark.usefixtures("shared")
def test_as_nobody(case: Case[Any]) -> None:
    response = case.call()
    keeps_to_it(case, response)
    if case.operation.definition.raw.get("security") == [{"bearer": []}]:
        assert response.status_code in (401, 404, 405)
