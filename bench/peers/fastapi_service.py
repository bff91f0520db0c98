"""A service in FastAPI whose routes and document are behind a login: uvicorn fastapi_service:app"""

import os

from credentials import is_good_login, issue_token, token_of, user_of
from fastapi import Depends, FastAPI, HTTPException, Request
from fastapi.security import OAuth2PasswordRequestForm
from pydantic import BaseModel

app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)


class Thing(BaseModel):
    id: str
    name: str
    count: int


async def current_user(request: Request):
    token = token_of(request.headers, request.cookies)
    user = token and user_of(token)
    if not user:
        raise HTTPException(401, "Not authenticated", {"WWW-Authenticate": "Bearer"})
    return user


def log_in(form):
    if not is_good_login(form.username, form.password):
        raise HTTPException(401, "Incorrect username or password", {"WWW-Authenticate": "Bearer"})
    return {"access_token": issue_token(form.username), "token_type": "bearer"}


# As most write it: the hash runs in the event loop.
@app.post("/token")
async def token(form: OAuth2PasswordRequestForm = Depends()):
    return log_in(form)


# The framework runs what is not async in its pool of threads.
@app.post("/token-in-thread")
def token_in_thread(form: OAuth2PasswordRequestForm = Depends()):
    return log_in(form)


@app.get("/users/me")
async def users_me(user=Depends(current_user)):
    return user


@app.get("/openapi.json", include_in_schema=False)
async def document(user=Depends(current_user)):
    return app.openapi()


def add_thing(index):
    async def get_thing(id: str, user=Depends(current_user)):
        return {"id": id, "name": "thing", "count": index}

    app.get(f"/things{index}/{{id}}", response_model=Thing, summary=f"Get thing {index}")(get_thing)


for index in range(int(os.environ["BENCH_OPERATIONS"])):
    add_thing(index)
