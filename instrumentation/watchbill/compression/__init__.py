"""What compressing middlewares do to answers, measured from outside them."""
