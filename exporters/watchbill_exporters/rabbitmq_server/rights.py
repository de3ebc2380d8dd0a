"""The rights that the exporter's account needs in RabbitMQ, as the lines that grant them."""

MONITORING = "monitoring"
VHOST = "vhost"

TAG = "rabbitmqctl set_user_tags {user} monitoring"
"""Lets an account ask the management listener, and see all nodes."""
ENTRY = "rabbitmqctl set_permissions -p {vhost} {user} '^$' '^$' '^$'"
"""Lets an account see a virtual host, and neither configure, write nor read anything in it."""
LISTENER = "rabbitmq-plugins enable rabbitmq_management"
