"""Tests of the recipe. The Go test beside it gives them a database."""

import os
import threading
import unittest

import django
from django.conf import settings

settings.configure(
    DATABASES={
        name: {
            "ENGINE": "django.db.backends.postgresql",
            "HOST": os.environ["PGHOST"],
            "NAME": os.environ["PGDATABASE"],
            "USER": user,
            "CONN_MAX_AGE": None,  # connections are kept, as behind a pool
            "DISABLE_SERVER_SIDE_CURSORS": True,
        }
        for name, user in (("default", os.environ["APP_USER"]), ("wrong", os.environ["OWNER_USER"]))
    },
    ROOT_URLCONF=__name__,
    ALLOWED_HOSTS=["*"],
    SECRET_KEY="for tests only",
    USE_TZ=True,
    MIDDLEWARE=["test_tenants.sign_in", "tenants.TenantMiddleware"],
)
django.setup()

from django.db import DatabaseError, connection, connections, models, transaction  # noqa: E402
from django.http import JsonResponse  # noqa: E402
from django.test import Client  # noqa: E402
from django.urls import path  # noqa: E402

from tenants import tenant  # noqa: E402

A, B = os.environ["TENANT_A"], os.environ["TENANT_B"]
NOBODY = "cccccccc-0000-4000-8000-000000000003"


class Project(models.Model):
    """tenant_id is left out: the database fills it in."""

    id = models.UUIDField(primary_key=True)
    name = models.TextField()

    class Meta:
        app_label = "recipe"
        db_table = "project"
        managed = False  # `tenfold db migrate` owns the schema


def names():
    return list(Project.objects.order_by("name").values_list("name", flat=True))


def projects(request):
    if "break" in request.GET:
        Project.objects.all().delete()
        raise RuntimeError("no")
    return JsonResponse({"names": names()})


urlpatterns = [path("projects", projects)]


def sign_in(get_response):
    """Stands for the middleware that verifies the caller's token."""

    def middleware(request):
        request.tenant_id = request.META.get("HTTP_X_TEST_TENANT")
        return get_response(request)

    return middleware


class RecipeTest(unittest.TestCase):
    def test_each_block_sees_its_tenant_only(self):
        for _ in range(3):
            for t in (A, B):
                with tenant(t):
                    self.assertEqual(names(), [f"{t[0]} {n}" for n in (1, 2, 3)])
        self.assertEqual(names(), [], "rows are visible without a tenant")

    def test_threads_do_not_mix(self):
        wrong = []

        def work(t):
            try:
                for _ in range(20):
                    with tenant(t):
                        got = names()
                        if got != [f"{t[0]} {n}" for n in (1, 2, 3)]:
                            wrong.append(got)
            except Exception as e:
                wrong.append(e)
            finally:
                connections.close_all()

        threads = [threading.Thread(target=work, args=(t,)) for t in (A, B) * 4]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(wrong, [])

    def test_failed_work_is_rolled_back(self):
        with self.assertRaises(RuntimeError):
            with tenant(A):
                Project.objects.all().delete()
                raise RuntimeError("no")
        with tenant(A):
            self.assertEqual(len(names()), 3)

    def test_rows_of_another_tenant_cannot_be_written(self):
        with self.assertRaises(DatabaseError) as caught:
            with tenant(A), connection.cursor() as cursor:
                cursor.execute("INSERT INTO project (tenant_id, name) VALUES (%s, 'x')", [B])
        self.assertEqual(caught.exception.__cause__.pgcode, "42501")

    def test_unknown_tenant_and_principal_without_membership_cannot_enter(self):
        for args in ((NOBODY,), (A, NOBODY)):
            with self.assertRaises(DatabaseError):
                with tenant(*args):
                    self.fail("the block was entered")

    def test_a_tenant_is_not_entered_inside_another_transaction(self):
        with self.assertRaises(RuntimeError):
            with transaction.atomic():
                with tenant(A):
                    pass

    def test_requests_run_in_the_tenant_of_their_token(self):
        client = Client(raise_request_exception=False)
        for t in (A, B):
            answer = client.get("/projects", HTTP_X_TEST_TENANT=t)
            self.assertEqual(answer.json()["names"], [f"{t[0]} {n}" for n in (1, 2, 3)])
        self.assertEqual(client.get("/projects").json()["names"], [])
        self.assertEqual(client.get("/projects?break", HTTP_X_TEST_TENANT=A).status_code, 500)
        self.assertEqual(len(client.get("/projects", HTTP_X_TEST_TENANT=A).json()["names"]), 3)

    def test_a_login_that_sees_more_is_refused(self):
        with self.assertRaises(DatabaseError):
            connections["wrong"].ensure_connection()


if __name__ == "__main__":
    unittest.main(verbosity=2)
