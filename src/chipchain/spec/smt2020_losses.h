// What a form of a model cannot hold, while the model is written in it: one diagnostic per kind of loss with the number
// of rows that have it. Inside spec/ only.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "chipchain/base/diagnostic.h"

namespace chipchain {

enum class Loss : uint8_t {
    harmless,    // lots move as before: a warning
    changes,     // lots may move otherwise: an error, unless losses are allowed
    impossible,  // nothing sensible can be written: an error
};

class Smt2020Losses {
 public:
    explicit Smt2020Losses(bool lossy) : lossy_(lossy) {}

    // `what` is the sentence without its end mark, `instead` what is written in its place or how to avoid the loss.
    // Rows with the same id and sentence are counted; the first one's place is shown.
    void report(std::string id, Loss loss, std::string what, Span span, std::string instead);

    // Errors, then warnings, each in the order of their first row.
    [[nodiscard]] Diagnostics errors() const { return list(true); }
    [[nodiscard]] Diagnostics warnings() const { return list(false); }

 private:
    struct Entry {
        Loss loss;
        Diagnostic diagnostic;
        size_t rows = 1;
    };
    [[nodiscard]] bool is_error(Loss loss) const {
        return loss == Loss::impossible || (loss == Loss::changes && !lossy_);
    }
    [[nodiscard]] Diagnostics list(bool errors) const;

    bool lossy_;
    std::vector<Entry> entries_;
    std::map<std::pair<std::string, std::string>, size_t> index_;
};

}  // namespace chipchain
