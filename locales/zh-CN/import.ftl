# 读取文件：哪里有问题，该怎么办。

## 文件或映射无法使用

import-error-io = { $path }：{ $detail }
import-error-empty = 文件是空的，连列名一行也没有。请重新导出，或另选一个文件（工作簿则另选一张工作表）。
import-error-encoding = 第 { $line } 行、第 { $byte } 个字节（{ $found }）不是 { $tried } 编码的文字。请在映射中写明文件的编码（encoding = "…"），或将文件另存为 UTF-8。
import-error-unknown-encoding = 没有名为“{ $name }”的编码。例如：utf-8、gbk、utf-16le、windows-1252。
import-error-not-a-table = 这不是表格，而是另一类文件（{ $found }）。请另存为 CSV 或 XLSX。
import-error-old-excel = 这是旧版 .xls 格式或带密码的工作簿。请去掉密码另存为 .xlsx，或另存为 CSV。
import-error-broken-workbook = 工作簿已损坏（{ $detail }）。请用电子表格软件打开后重新保存。
import-error-workbook-too-large = 工作簿解压后超过 { $limit } MB。请将该工作表另存为 CSV，CSV 没有这一限制。
import-error-no-such-sheet = 工作簿中没有工作表“{ $sheet }”，现有：{ $sheets }。
import-error-too-many-columns = 文件超过 { $limit } 列。请只保留需要导入的列。
import-error-record-too-long = 从第 { $line } 行开始的记录超过 { $limit } MB，多半是该行有一个引号没有闭合。
import-error-changed-while-reading = 读取期间文件被改动，未导入任何内容。请重新导入。
import-error-mapping-syntax = 映射第 { $line } 行：{ $detail }
import-error-mapping-column = 映射的“{ $target }”列：column、columns、constant 三者只能写一个。
import-error-bad-format = 映射：“{ $format }”不是可用的日期格式。例如：%d-%m-%Y %H:%M
import-error-unknown-zone = 映射：没有名为“{ $name }”的时区。例如：Asia/Shanghai
import-error-bad-separator = 映射：分隔符须为一个字符（如 , ; |）或单词 tab，不能是“{ $separator }”。
import-error-wrong-kind = 映射用于“{ $found }”，而现在要导入的是“{ $expected }”。
import-error-bad-day = 映射：day 须指明文件中存放时间或日期的一列，不能是“{ $column }”。
import-error-unknown-target = 映射：这类文件没有“{ $target }”这一列。
import-error-unknown-target-nearest = 映射：这类文件没有“{ $target }”这一列。是否应为“{ $nearest }”？
import-error-unknown-column = 映射：文件中没有“{ $column }”这一列。
import-error-unknown-column-nearest = 映射：文件中没有“{ $column }”这一列。是否应为“{ $nearest }”？
import-error-missing-column = 文件缺少必需的“{ $target }”列。如果它在文件中另有名称，请在映射中写明。
import-error-missing-column-nearest = 文件缺少必需的“{ $target }”列。如果就是“{ $nearest }”那一列，请在映射中写明。
import-error-ambiguous-column = 文件中有多列都叫“{ $column }”。请在文件中将其改名。

## 某一行或某个单元格被拒绝

import-reason-required = 必填，但没有内容
import-reason-too-long = 超过 { $max } 个字符
import-reason-control-character = 含有控制字符；请清除后重新输入该单元格
import-reason-line-break = 含有换行；请写在一行内
import-reason-not-a-code = 不是有效的代码：最多 64 个字母、数字、-、_、.，且以字母或数字开头
import-reason-not-a-number = 不是此处要求的数字
import-reason-out-of-range = 不在 { $min } 至 { $max } 的范围内
import-reason-not-yes-or-no = 看不出是“是”还是“否”；请将该词加入映射的 true_words 或 false_words
import-reason-not-a-time = 无法识别的时间；请写成 2026-07-01 09:12，或在映射中写明格式
import-reason-no-such-time = 这个时间不存在：{ $zone } 的时钟当时向前拨过了它
import-reason-not-a-date = 无法识别的日期；请写成 2026-07-01，或在映射中写明格式
import-reason-not-a-duration = 不是有效的时长（{ $form }）；请在映射中写明其形式（duration = "…"）
import-reason-not-a-choice = 不在以下各项之中：{ $choices }；请在映射中写明它对应哪一项
import-reason-field-count = 本行有 { $found } 个字段，列名有 { $expected } 个；请检查是否多了或少了分隔符或引号
import-reason-duplicate = 第 { $line } 行已经出现过；如果同一编号的多行是它的历史，请在映射中设 last_row_wins = true
import-reason-unknown = 没有这个代码或名称；请先建立，或更正
import-reason-unknown-nearest = 没有这个代码或名称；是否应为“{ $nearest }”？
