"""The same in Starlette, by hand: uvicorn starlette_service:app"""

import os

from credentials import is_good_login, issue_token, token_of, user_of
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse
from starlette.routing import Route

REFUSED = {"detail": "Not authenticated"}
THING = {"type": "object", "properties": {"id": {"type": "string"}, "name": {"type": "string"}}}


def operation(index):
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}}
    return {
        "summary": f"Get thing {index}",
        "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}],
        "responses": {"200": {"description": "The thing", "content": content}},
    }


DOCUMENT = {
    "openapi": "3.0.3",
    "info": {"title": "Things", "version": "1"},
    "paths": {
        f"/things{index}/{{id}}": {"get": operation(index)}
        for index in range(int(os.environ["BENCH_OPERATIONS"]))
    },
    "components": {"schemas": {"Thing": THING}},
}


def refuse():
    return JSONResponse(REFUSED, 401, {"WWW-Authenticate": "Bearer"})


def guarded(answer):
    async def endpoint(request):
        token = token_of(request.headers, request.cookies)
        user = token and user_of(token)
        return JSONResponse(answer(user)) if user else refuse()

    return endpoint


async def token(request):
    form = await request.form()
    username, password = form.get("username", ""), form.get("password", "")
    if not await run_in_threadpool(is_good_login, username, password):
        return refuse()
    return JSONResponse({"access_token": issue_token(username), "token_type": "bearer"})


app = Starlette(
    routes=[
        Route("/token-in-thread", token, methods=["POST"]),
        Route("/users/me", guarded(lambda user: user)),
        Route("/openapi.json", guarded(lambda user: DOCUMENT)),
    ]
)
