drop index application_figures;
