# People: the list, a person, teams, job roles.

people-title = People
people-new = New employee
people-name = Name
people-name-en = English name
people-number = Number
people-team = Team
people-job-role = Job role
people-manager = Manager
people-hired = Hired
people-left-on = Left
people-left-tag = left { $day }
people-status = Who
people-present = Present
people-left = Left
people-all = Everybody
people-every-role = Every job role
people-filter-team = Team code
people-search = Number, name, pinyin or e-mail begins with
people-empty = Nobody is here yet. Load a file of your staff, or add people one by one.
people-empty-action = Load a file
person-not-found = There is no employee { $no }.
team-not-found = There is no team { $code }.
