"""Versions of a model: what differs between two, what that does to the same leads, how points went over time, the next.

Takes version files and data; gives differences, tables and texts of files as values. Never prints; writes only where a
function says so.
"""
