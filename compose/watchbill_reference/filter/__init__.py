"""A content filter, reduced to what is watched: it answers first, and keeps its books afterwards."""
