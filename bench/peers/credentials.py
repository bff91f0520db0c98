"""What both services have in common: the user, the hashes, the token. For measurements only."""

import os
import time

from jose import JWTError, jwt
from passlib.context import CryptContext

SECRET = os.environ["BENCH_SECRET"]
USERS = {"johndoe": {"hash": os.environ["BENCH_HASH"], "scopes": ["things:read"]}}
PASSWORDS = CryptContext(schemes=["argon2", "bcrypt"])
COOKIE = "access_token"


def is_good_login(username, password):
    user = USERS.get(username)
    return user is not None and PASSWORDS.verify(password, user["hash"])


def issue_token(username):
    return jwt.encode({"sub": username, "exp": int(time.time()) + 1800}, SECRET, algorithm="HS256")


def user_of(token):
    """Whom a token speaks of; None where it is not good."""
    try:
        username = jwt.decode(token, SECRET, algorithms=["HS256"]).get("sub")
    except JWTError:
        return None
    user = USERS.get(username)
    return user and {"username": username, "scopes": user["scopes"], "authenticated": True}


def token_of(headers, cookies):
    scheme, _, token = headers.get("authorization", "").partition(" ")
    return token if scheme.lower() == "bearer" else cookies.get(COOKIE)
