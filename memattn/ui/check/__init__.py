"""*Check yourself*: one question at a time, its verdict, and the way into the lesson that shows why."""
