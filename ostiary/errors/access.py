"""Whoever asks may not."""

from __future__ import annotations

from ostiary.errors.base import OstiaryError


class AccessError(OstiaryError):
    code = "forbidden"


class OutOfScope(AccessError):
    """Whoever asks is known, and may not do this."""

    code = "out_of_scope"

    def __init__(self, who: str, scope: str):
        super().__init__(who, scope)
        self.who, self.scope = who, scope

    def __str__(self) -> str:
        return f"{self.who} may not do this: the scope '{self.scope}' is needed"


class Unauthorized(AccessError):
    code = "unauthorized"

    def __str__(self) -> str:
        return "the key is missing or wrong: send a key in the header x-api-key, or as Authorization: Bearer, or log in"


class WrongPassword(Unauthorized):
    def __str__(self) -> str:
        return "the name or the password is wrong, or the account is disabled"


class ForeignOrigin(AccessError):
    def __init__(self, problem: str):
        super().__init__(problem)
        self.problem = problem

    def __str__(self) -> str:
        return (
            f"{self.problem}: without API_KEY only this machine's own page and programs are served; set API_KEY to open the API to others"
        )


class OwnersOnly(AccessError):
    code = "owners_only"

    def __init__(self, what: str = "make, change or remove owners"):
        super().__init__(what)
        self.what = what

    def __str__(self) -> str:
        return f"only an owner may {self.what}"


class MissingCsrf(AccessError):
    code = "missing_csrf"

    def __str__(self) -> str:
        return "a change by whoever is logged in must send the header x-csrf-token: GET /me tells its value"


class BadInvitation(AccessError):
    code = "bad_invitation"

    def __str__(self) -> str:
        return "this link is used up, expired or wrong: ask for a new one (ostiary users invite NAME)"


class TooManyAttempts(AccessError):
    """`retry_after_s` is after how many whole seconds it is worth trying again."""

    code = "too_many_requests"

    def __init__(self, retry_after_s: int):
        super().__init__(retry_after_s)
        self.retry_after_s = retry_after_s

    def __str__(self) -> str:
        return f"too many attempts: try again in {self.retry_after_s} s"


class UnknownKey(AccessError):
    code = "unknown_key"

    def __init__(self, key_id: str):
        super().__init__(key_id)
        self.key_id = key_id

    def __str__(self) -> str:
        return f"there is no key with the id {self.key_id!r}"


class UnknownUser(AccessError):
    code = "unknown_user"

    def __init__(self, name: str):
        super().__init__(name)
        self.name = name

    def __str__(self) -> str:
        return f"there is no user {self.name!r}"


class AccessConflict(AccessError):
    code = "conflict"

    def __init__(self, problem: str):
        super().__init__(problem)
        self.problem = problem

    def __str__(self) -> str:
        return self.problem
