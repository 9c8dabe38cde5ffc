//! What the people of the invented company write: data, not texts of the program. They write Chinese as such a company
//! would, and now and then English.

/// Said at a check-in, the first and the second of a quarter.
pub const CHECK_INS: [&[&str]; 2] = [
    &[
        "一起看了前五周的数据，节奏正常；下个月把重点放在首次解决上。",
        "质检扣分主要在结束语和回访确认，约定先改这两处。",
        "响应很快，客户满意度略低于目标，下周一起听三段录音。",
        "Figures looked at together; on the way. Next: fewer transfers to other teams.",
        "本月排班有变动，目标不调整，组长协助处理高峰时段。",
    ],
    &[
        "各项进展正常，最后几周保持节奏，注意投诉类工单的回访。",
        "上次约定的两点已经改过来，质检分有回升。",
        "满意度已到目标值附近，剩下的差距在等待时间。",
        "On track. Last weeks planned, the open cases are shared out.",
        "处理时长偏长的是保修类问题，已约产品同事做一次讲解。",
    ],
];

/// Noted as praise.
pub const PRAISE: [&str; 4] = [
    "客户来电专门表扬：安装师傅走后漏水，半小时内联系到人并当天解决。",
    "主动整理了热泵常见故障的问答，全组都在用。",
    "Stayed with an upset customer for forty minutes and found the wrong invoice. Thank you.",
    "高峰期连续两周帮同事接听，自己的质检分没有下降。",
];

/// Noted about the complaints in a row.
pub const INCIDENT: &str =
    "两周内六起成立的投诉，多数来自同一批滤芯的退换货；已逐单复盘，其中两单回复超时由本人承担。";

/// Why the leaver is not appraised.
pub const LEFT: &str = "季度内离职，不参加本季度考核。";

/// Why the head is not appraised.
pub const HEAD: &str = "总负责人由母公司另行考核。";

/// Said of one's own quarter.
pub const SELF: &[&str] = &[
    "本季度指标总体达到目标，首次解决率还有提升空间，主要差在保修政策不够熟。",
    "满意度比上季度好，处理时长偏长，希望下季度能多练复杂案例。",
    "A good quarter; I should write my notes sooner after a call.",
    "高峰期的情绪管理比以前好，投诉少了；跨组转单的跟进还不够主动。",
    "完成了全部必修课程，带了一位新同事，自己的响应时间保持稳定。",
    "上门准点率有改善，备件不齐时的沟通做得不够早。",
];

/// Said of one figure in a self-review.
pub const OF_FIGURE: &[&str] = &[
    "和上季度相比稳定，扣分集中在少数几个案例。",
    "低于预期的两周正好是系统切换，之后恢复了。",
    "Better since we use the new checklist.",
    "目标已达到，下季度想挑战更高的值。",
];

/// Said by colleagues; nothing in it says who wrote it.
pub const PEERS: &[&str] = &[
    "答应的事都会做到，交接写得清楚。",
    "忙的时候也愿意帮忙，遇到难题会一起想办法。",
    "分享经验很大方，希望开会时多说一点自己的看法。",
    "Always polite, also under pressure; could share more of what works.",
    "转过来的工单信息完整，省了很多再问客户的时间。",
    "有时回复消息慢一些，但事情从不落下。",
    "对新同事很耐心，讲解清楚。",
    "处理问题稳，偶尔可以更早地请别人帮忙。",
];

/// Said by a manager of the whole.
pub const REVIEWS: &[&str] = &[
    "数据与日常观察一致：服务态度稳定，复杂问题的判断比上季度成熟。",
    "质量稳定，效率略低于组内平均；下季度重点练习一次问清。",
    "Reliable and calm. The next step is to take the lead in a difficult case.",
    "进步明显，投诉回访做得细；团队协作上可以更主动。",
    "指标达到目标，记录完整；需要减少不必要的升级。",
    "客户反馈好，内部交接还要再规范。",
];

/// Said with the highest or the lowest rating of a competency, which asks for a reason.
pub const EXTREMES: &[&str] = &[
    "多次在高峰期主动接手难单，客户和同事都有书面表扬，见本季度记录。",
    "连续两个季度的典型案例都由其整理，并在组内讲解。",
    "Three written thank-you notes, and the cases are quoted in training.",
    "本季度复杂案例的处理结果明显好于组内其他人。",
];

/// Said with every top rating by who is too lenient.
pub const LENIENT: &[&str] = &[
    "表现一直很好。",
    "大家都很努力，值得最高评价。",
    "很好，继续保持。",
];

/// Said by who led somebody before.
pub const FORMER: &str =
    "在本组期间指标达标，交接完整；建议新团队前几周安排一位同事带一带大客户流程。";

/// What a manager suggests, and how they help.
pub const FEEDBACK: &[(&str, &str)] = &[
    (
        "每通电话结束前确认问题已解决，并记录客户原话。",
        "组长每周一起听两段录音，持续四周。",
    ),
    (
        "上门前一天晚上核对备件，缺件时先与客户改约。",
        "仓库每天 18 点推送次日备件清单。",
    ),
    (
        "Write the note while the customer is on the line, then summarise it to them.",
        "A template for notes, and an hour with the trainer.",
    ),
    (
        "保修与退换政策先查知识库再答复，拿不准时当场升级。",
        "安排半天政策培训，并提供一页纸的速查表。",
    ),
    (
        "多用开放式提问，一次问清，减少二次来电。",
        "与本组首次解决率最高的同事结对两周。",
    ),
];

/// What was said in the interview.
pub const TALKS: &[&str] = &[
    "逐项看了指标和案例，双方对主要差距没有分歧。",
    "员工提到排班影响，已约定下月调整一次后再看。",
    "Went through the figures and the two weakest cases; agreed what comes first.",
    "对能力评价有一处不同看法，已在记录里写明。",
];

/// What somebody says to their result.
pub const STATEMENTS: &[&str] = &[
    "同意，会按约定改进。",
    "已阅，满意度一项希望下季度能看到按渠道分开的数据。",
    "Read and understood. Thank you for the concrete examples.",
];

/// The calibration session, and why results were changed in it.
pub const SESSION: &str = "全公司校准会";
pub const CALIBRATED: &[&str] = &[
    "能力评价明显高于指标和同组质检结果，组长未能补充事实，会上一致同意下调。",
    "与其他组相近表现的人比较后下调；原评价保留。",
];

/// Appeals: what is asked for, what both sides said, how it was decided.
pub struct AppealText {
    pub grounds: &'static str,
    pub employee: &'static str,
    pub manager: &'static str,
    pub decision: &'static str,
}

/// Appeals that were amended.
pub const AMENDED: AppealText = AppealText {
    grounds: "八月中旬系统故障当天的三张超时工单计入了我的时效，当天全组都有同样情况。",
    employee: "提供了故障通知截图和三张工单编号，认为不应由个人承担。",
    manager: "确认当天有故障，评价时没有注意到这三张工单。",
    decision: "故障属实，三张工单不归责于个人，按剔除后的时效调整总分。",
};

/// Appeals that were upheld: the result stands.
pub const UPHELD: AppealText = AppealText {
    grounds: "我认为团队合作一项评得偏低，我这个季度帮同事处理了很多单。",
    employee: "列举了两次帮同事接单的情况。",
    manager: "两次帮忙已在评价里写到；评分依据是交接不完整的五个案例。",
    decision: "评分依据充分，双方所述已体现在原评价中，维持原结果。",
};

/// The appeal that is being looked into.
pub const UNDER_REVIEW: AppealText = AppealText {
    grounds: "六起投诉都来自同一批有质量问题的滤芯，不应全部计入我的投诉率。",
    employee: "六起中四起的客户只投诉产品，本人处理过程符合规范。",
    manager: "",
    decision: "",
};

/// The appeal that nobody looks into yet.
pub const FILED: &str = "评语中提到的迟到两次，其中一次是公司安排的外出培训，请更正。";

/// A reward: code, names, texts, grade, quarters in a row.
pub type Rule = (
    &'static str,
    [&'static str; 2],
    [&'static str; 2],
    &'static str,
    i32,
);

/// What is rewarded.
pub const RULES: [Rule; 2] = [
    (
        "service-star",
        ["季度服务之星", "Service star of the quarter"],
        [
            "季度考核总评为 S 的员工，授予证书，并在季度会上分享做法。",
            "Whoever is graded S in a quarter receives a certificate and tells the quarterly meeting how.",
        ],
        "S",
        1,
    ),
    (
        "steady-a",
        ["稳定优秀奖", "Two good quarters"],
        [
            "连续两个季度总评为 A 及以上的员工，可优先选择一门外部课程。",
            "Whoever is graded A or better in two quarters in a row chooses an outside course first.",
        ],
        "A",
        2,
    ),
];

/// Why a reward was approved, and why another was not.
pub const APPROVED: &str = "符合已公布的规则，同意。";
pub const DECLINED: &str = "本季度内有一起成立的重大投诉，按规则说明第二条暂缓。";

/// The goal without a figure that is proposed for the new quarter, why, and by what one sees that it is reached.
pub const GOAL: (&str, &str, [&str; 2]) = (
    "整理本组常见问题速查表",
    "新人上手慢，同一问题多次升级。",
    ["每月新增十条并由组长审核", "新人第一个月的升级单减少三成"],
);

/// Why a sheet is to say something else.
pub const PROPOSED: &str = "本季度新品上市，咨询量会上升，建议把首次解决的权重提高一些。";
pub const COUNTERED: &str = "同意提高首次解决的权重，但质检不宜再降；请看调整后的版本。";
pub const AS_IT_STANDS: &str = "按模板执行，没有异议。";

/// A goal of every team in the new quarter.
pub const TEAM_GOAL: &str = "新品上市期间满意度不低于上季度";
