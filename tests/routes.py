ROLES = ("anonymous", "guest", "learner", "other", "instructor", "superuser")
TABLE = {}
WRITES = {}
FORMLESS = {}
