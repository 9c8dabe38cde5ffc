//! Results in the browser: the cycles of a person, their goal sheet, their result with the worked sum. The
//! parts are those of the report bundle's feedback sheet.

mod pages;
mod view;

pub use pages::routes;
