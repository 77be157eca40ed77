"""Training of the planner: a small vision-language model that writes the robot's next call."""
