"""Lesson 3, compressive memory: its words (`content`) and its runs (`runs`)."""
