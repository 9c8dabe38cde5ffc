# Candidates and their applications.

application-not-found = There is no application { $code }, or it is not yours to see.
application-opening-shut = The opening { $code } takes no applications now.
application-opening-unknown = There is no opening { $code }.
applications-changed = { $n ->
    [one] { $codes } was changed meanwhile. Look at it again.
   *[other] { $n } applications were changed meanwhile: { $codes }. Look at them again.
}
step-refused-closed = Ended already, and so not moved: { $codes } ({ $n }).
step-refused-active = Not ended, so there is nothing to take up again: { $codes } ({ $n }).
step-refused-hired = Hired; this is not taken back here: { $codes } ({ $n }).
step-refused-same = At this stage already: { $codes } ({ $n }).
step-refused-other-opening = The stage belongs to another opening than the application: { $codes } ({ $n }).
step-refused-unconfirmed = An answer does not meet a requirement. Somebody has to say first whether that stands: { $codes } ({ $n }).
step-refused-knocked-out = A requirement is not met, as somebody has confirmed: { $codes } ({ $n }). Reject the application, or withdraw the confirmation with a reason.
step-refused-not-knocked-out = Nobody has confirmed that a requirement is not met: { $codes } ({ $n }). Confirm it first, or choose another reason.
step-refused-no-words = Put the reason in words.
step-refused-opening-closed = The opening is closed: { $codes } ({ $n }).
step-refused-erased = The particulars are erased: { $codes } ({ $n }).
