//! Models, metrics and intervals against the figures of scikit-learn and scipy (`golden/figures.txt`).

mod forest;
mod knn;
mod shares;
mod tables;
