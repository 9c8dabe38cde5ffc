drop table recusal;
