# Reading a file: what is wrong with it, and what to do about it.

## The file or the mapping cannot be used

import-error-io = { $path }: { $detail }
import-error-empty = The file is empty: there is not even a line of column names. Export it again, or choose another file (of a workbook, another sheet).
import-error-encoding = Line { $line }, byte { $byte } ({ $found }) is not text in { $tried }. Name the encoding of the file in the mapping (encoding = "…"), or save the file as UTF-8.
import-error-unknown-encoding = No encoding is called “{ $name }”. Examples: utf-8, gbk, utf-16le, windows-1252.
import-error-not-a-table = This is no table but another kind of file ({ $found }). Save it as CSV or XLSX.
import-error-old-excel = This is a workbook in the old .xls format, or one with a password. Save it as .xlsx without a password, or as CSV.
import-error-broken-workbook = The workbook is damaged ({ $detail }). Open it in a spreadsheet program and save it again.
import-error-workbook-too-large = The workbook unpacks to more than { $limit } MB. Save the sheet as CSV: that has no such limit.
import-error-no-such-sheet = The workbook has no sheet “{ $sheet }”. It has: { $sheets }.
import-error-too-many-columns = The file has more than { $limit } columns. Keep those that are to be imported.
import-error-record-too-long = The row that starts on line { $line } is longer than { $limit } MB. Most likely a quotation mark on that line is not closed.
import-error-changed-while-reading = The file was changed while it was being read. Nothing was loaded; import it again.
import-error-mapping-syntax = Mapping, line { $line }: { $detail }
import-error-mapping-column = Mapping, column “{ $target }”: give only one of column, columns and constant.
import-error-bad-format = Mapping: “{ $format }” is not a date format that can be read. Example: %d-%m-%Y %H:%M
import-error-unknown-zone = Mapping: no time zone is called “{ $name }”. Example: Asia/Shanghai
import-error-bad-separator = Mapping: the separator must be one character such as , ; or |, or the word tab, not “{ $separator }”.
import-error-wrong-kind = The mapping is for “{ $found }”, but “{ $expected }” is to be imported.
import-error-bad-day = Mapping: day must name a column that holds a time or a date and that is in the file, not “{ $column }”.
import-error-unknown-target = Mapping: there is no column “{ $target }” in this kind of file.
import-error-unknown-target-nearest = Mapping: there is no column “{ $target }” in this kind of file. Did you mean “{ $nearest }”?
import-error-unknown-column = Mapping: the file has no column “{ $column }”.
import-error-unknown-column-nearest = Mapping: the file has no column “{ $column }”. Did you mean “{ $nearest }”?
import-error-missing-column = The file has no column “{ $target }”, which is required. If it has another name there, say so in the mapping.
import-error-missing-column-nearest = The file has no column “{ $target }”, which is required. If it is the one called “{ $nearest }”, say so in the mapping.
import-error-ambiguous-column = The file has several columns called “{ $column }”. Rename one of them in the file.

## A row or a cell is refused

import-reason-required = missing, but required
import-reason-too-long = longer than { $max } characters
import-reason-control-character = holds a control character; delete it and type the cell again
import-reason-line-break = holds a line break; put it on one line
import-reason-not-a-code = not a code: use at most 64 letters, digits, -, _ and ., beginning with a letter or digit
import-reason-not-a-number = not a number of the form expected here
import-reason-out-of-range = outside the range { $min } to { $max }
import-reason-not-yes-or-no = neither yes nor no; add the word to true_words or false_words of the mapping
import-reason-not-a-time = not a time that can be read; use 2026-07-01 09:12, or name the format in the mapping
import-reason-no-such-time = this time did not exist: the clocks of { $zone } were put forward over it
import-reason-not-a-date = not a date that can be read; use 2026-07-01, or name the format in the mapping
import-reason-not-a-duration = not a duration ({ $form }); name another form in the mapping (duration = "…")
import-reason-not-a-choice = not one of: { $choices }; say in the mapping which of them it stands for
import-reason-field-count = the row has { $found } fields, the header { $expected }; look for a missing or an extra separator or quotation mark
import-reason-duplicate = stands already on line { $line }; if the rows of an id are its history, set last_row_wins = true in the mapping
import-reason-unknown = nothing by this code or name is known; create it first or correct it
import-reason-unknown-nearest = nothing by this code or name is known; did you mean “{ $nearest }”?
