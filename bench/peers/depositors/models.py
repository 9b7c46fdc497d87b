"""A user who is known by a telephone number."""

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models


class Depositor(AbstractBaseUser):
    """A user with a number."""

    mobile = models.CharField(max_length=17, unique=True)
    USERNAME_FIELD = "mobile"
    objects = BaseUserManager()
