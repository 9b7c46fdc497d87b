"""The user model that drfpasswordless asks its user for."""
