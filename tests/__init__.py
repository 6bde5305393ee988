"""Tests. Case files hold the behaviour; the code here reads and runs them."""
