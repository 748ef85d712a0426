"""CompreFace's applications and the services in them, for whoever administers them: names, keys, how much each keeps."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue
from pydantic import Field

from ostiary.compreface.collection import Collection
from ostiary.compreface.register import LONGEST_NAME, Register
from ostiary.compreface.values import Application, Kind, Service
from ostiary.scopes import Scope
from ostiary.web.audit import about, audited
from ostiary.web.auth import needs
from ostiary.web.describe import Done, Model, described

_ID = "int(max=9007199254740991)"  # whatever a program in any language can count to
_CHANGES = ("conflict", "unsupported_type")


class ServiceTold(Model):
    """A service, without its key."""

    id: int
    kind: Kind
    name: str
    door: bool = Field(description="whether its collection is the door's own gallery: whoever is in it may pass")
    subjects: int | None = Field(description="how many people it knows; null where its kind keeps none")
    faces: int | None = Field(description="how many pictures of them")


class ApplicationTold(Model):
    id: int
    name: str
    services: list[ServiceTold]


class ApplicationsTold(Model):
    applications: list[ApplicationTold]
    port: int | None = Field(description="where CompreFace's API is served too, COMPREFACE_PORT; null where only here")


class NameSent(Model):
    name: str = Field(min_length=1, max_length=LONGEST_NAME)


class ServiceWanted(NameSent):
    kind: Kind


class KeyTold(Model):
    key: str = Field(description="a UUID, which programs show as x-api-key")


class ServiceMade(ServiceTold, KeyTold):
    pass


def blueprint(register: Register, collection: Callable[[Service], Collection], port: int | None = None) -> Blueprint:
    """`collection` gives a recognition service's faces; `port` is where else CompreFace's API is served."""
    routes = Blueprint("applications", __name__)

    @routes.get("/applications")
    @needs(Scope.READ)
    @described("compreface", answer=ApplicationsTold)
    def listed() -> ResponseReturnValue:
        """All applications and their services, without the keys."""
        services = register.services()
        told = [
            _told_application(application, [service for service in services if service.application_id == application.id], collection)
            for application in register.applications()
        ]
        return jsonify({"applications": told, "port": port})

    @routes.post("/applications")
    @needs(Scope.ADMIN)
    @audited("application.create")
    @described("compreface", json=NameSent, answer=ApplicationTold, errors=_CHANGES)
    def create() -> ResponseReturnValue:
        """Makes an application, without services yet."""
        application = register.create_application(_sent().name)
        about(application.name)
        return jsonify(_told_application(application, [], collection))

    @routes.patch(f"/applications/<{_ID}:application>")
    @needs(Scope.ADMIN)
    @audited("application.rename")
    @described("compreface", json=NameSent, answer=Done, errors=("unknown_application", *_CHANGES))
    def rename(application: int) -> ResponseReturnValue:
        """Gives an application another name; its services and their keys stay as they are."""
        about(register.rename_application(application, _sent().name).name)
        return jsonify({"success": True})

    @routes.delete(f"/applications/<{_ID}:application>")
    @needs(Scope.ADMIN)
    @audited("application.delete")
    @described("compreface", answer=Done, errors=("unknown_application",))
    def delete(application: int) -> ResponseReturnValue:
        """Deletes an application with its services and all faces that they keep. The door's own gallery stays."""
        register.delete_application(application)
        return jsonify({"success": True})

    _add_services(routes, register, collection)
    return routes


def _add_services(routes: Blueprint, register: Register, collection: Callable[[Service], Collection]) -> None:
    @routes.post(f"/applications/<{_ID}:application>/services")
    @needs(Scope.ADMIN)
    @audited("service.create")
    @described("compreface", json=ServiceWanted, answer=ServiceMade, errors=("unknown_application", *_CHANGES))
    def create_service(application: int) -> ResponseReturnValue:
        """Makes a service with a key, and a collection of its own where it recognises."""
        wanted = _sent()
        service = register.create_service(application, wanted.kind, wanted.name)
        about(service.name, service.kind)
        return jsonify({**_told(service, collection), "key": service.key})

    @routes.patch(f"/services/<{_ID}:service>")
    @needs(Scope.ADMIN)
    @audited("service.rename")
    @described("compreface", json=NameSent, answer=Done, errors=("unknown_service", *_CHANGES))
    def rename_service(service: int) -> ResponseReturnValue:
        """Gives a service another name; its key stays."""
        about(register.rename_service(service, _sent().name).name)
        return jsonify({"success": True})

    @routes.delete(f"/services/<{_ID}:service>")
    @needs(Scope.ADMIN)
    @audited("service.delete")
    @described("compreface", answer=Done, errors=("unknown_service",))
    def delete_service(service: int) -> ResponseReturnValue:
        """Deletes a service with all faces that it keeps. The door's own gallery stays."""
        about(register.service(service).name)
        register.delete_service(service)
        return jsonify({"success": True})

    @routes.get(f"/services/<{_ID}:service>/key")
    @needs(Scope.ADMIN)
    @audited("service.key.shown")
    @described("compreface", answer=KeyTold, errors=("unknown_service",))
    def key(service: int) -> ResponseReturnValue:
        """A service's key. That it was shown is noted in the record of changes."""
        found = register.service(service)
        about(found.name)
        return jsonify({"key": found.key})

    @routes.post(f"/services/<{_ID}:service>/key")
    @needs(Scope.ADMIN)
    @audited("service.key.changed")
    @described("compreface", answer=KeyTold, errors=("unknown_service",))
    def change_key(service: int) -> ResponseReturnValue:
        """Gives a service a new key. The old one opens nothing from this moment on."""
        changed = register.change_key(service)
        about(changed.name)
        return jsonify({"key": changed.key})


def _sent() -> ServiceWanted:
    """What the request brings; its `kind` only where one was asked for."""
    wanted: ServiceWanted = request.context.json  # type: ignore[attr-defined]
    return wanted


def _told_application(application: Application, services: list[Service], collection: Callable[[Service], Collection]) -> dict[str, object]:
    return {"id": application.id, "name": application.name, "services": [_told(service, collection) for service in services]}


def _told(service: Service, collection: Callable[[Service], Collection]) -> dict[str, object]:
    faces = collection(service) if service.kind is Kind.RECOGNITION else None
    return {
        "id": service.id,
        "kind": service.kind.value,
        "name": service.name,
        "door": service.door,
        "subjects": len(faces.subjects()) if faces else None,
        "faces": faces.page(0, 1).total if faces else None,
    }
