"""How a Django service works for one tenant at a time: every request runs in a
transaction that enters its tenant. Copy it into your project.

Works with Django 3.2 and newer.
"""

from contextlib import contextmanager

from django.db import connections, transaction
from django.db.backends.signals import connection_created
from django.dispatch import receiver


@receiver(connection_created)
def check_login(connection, **_):
    """Refuses a login that sees more than one tenant, at each new connection."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT tenancy.check_login()")


@contextmanager
def tenant(tenant_id, principal_id=None, using="default"):
    """Runs the block in a transaction that sees the tenant's rows and nothing
    else, on behalf of a principal when one is given. It is always the outermost
    transaction: within another one the tenant would outlast the block.
    """
    with transaction.atomic(using=using, durable=True):
        with connections[using].cursor() as cursor:
            if principal_id is None:
                cursor.execute("SELECT tenancy.enter(%s)", [str(tenant_id)])
            else:
                cursor.execute("SELECT tenancy.enter(%s, %s)", [str(tenant_id), str(principal_id)])
        yield


class TenantMiddleware:
    """Enters the tenant of the request around its view.

    An earlier middleware sets request.tenant_id from the verified token, and
    request.principal_id where the database is to check the membership. A request
    without a tenant runs outside of any, and sees no tenant's rows.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        tenant_id = getattr(request, "tenant_id", None)
        if tenant_id is None:
            return self.get_response(request)
        with tenant(tenant_id, getattr(request, "principal_id", None)):
            response = self.get_response(request)
            # Django answers an exception of the view with a response; the
            # transaction must not commit for it.
            if response.status_code >= 500:
                transaction.set_rollback(True)
            return response
