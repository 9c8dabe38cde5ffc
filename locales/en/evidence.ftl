# Figures, records and complaints in the browser.

measure-fcr = First-contact resolution
measure-qa = QA score
measure-complaint_rate = Complaint rate
measure-reopen_rate = Reopen rate
measure-sla = SLA attainment
measure-aht = Average handle time
measure-frt = First response time
measure-resolution_time = Resolution time
measure-resolution_rate = Resolution rate
measure-transfer_rate = Transfer rate
measure-escalation_rate = Escalation rate
measure-csat = CSAT
measure-csat_mean = CSAT, mean answer
measure-nps = NPS
measure-ces = CES
measure-ces_mean = CES, mean answer

record-not-found = There is no such record, or it is not yours to see.
