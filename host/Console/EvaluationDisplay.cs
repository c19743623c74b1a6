using System.Globalization;
using Spectre.Console;
using Tenon.Host.Evaluation;
using Tenon.Host.Evaluation.Baselines;

namespace Tenon.Cli.Console;

/// <summary>Shows the results of an evaluation.</summary>
internal static class EvaluationDisplay
{
    /// <summary>Shows the figures as tables.</summary>
    /// <param name="report">The figures.</param>
    /// <param name="console">Where to write.</param>
    public static void Show(this EvaluationReport report, IAnsiConsole console)
    {
        Table table = Terminal.Figures();
        table.AddRow("split", report.All ? "all" : report.Split == Split.Train ? "train" : "validation");
        table.AddRow("examples", TextFormat.Count(report.Examples));
        AddLosses(table, report);
        if (report.Perplexity is { } perplexity)
            table.AddRow("perplexity", perplexity.ToString("N2", CultureInfo.InvariantCulture));
        foreach ((string name, double value) in report.Figures)
            table.AddRow(PrintableText.Escape(name), TextFormat.Loss(value));
        if (report.LanguageModelPerplexity is { } ofModel)
            table.AddRow("perplexity of the language model", ofModel.ToString("N2", CultureInfo.InvariantCulture));
        if (report.Entities is { } entities)
            AddEntities(table, entities);
        if (report.Questions is { } questions)
            AddQuestions(table, questions);
        if (report.Cloze is { } cloze)
            AddCloze(table, cloze);
        if (report.Answers is { } answers)
            AddAnswers(table, answers);
        console.WriteTable(table);
        if (report is { Classification: { } classes, Confusion: { } confusion })
        {
            var own = new ClassificationBaseline(report.Model, classes.Accuracy, classes.MacroF1);
            ClassificationTable.Show(console, classes.Baseline is { } baseline ? [baseline, own] : [own]);
            ClassificationTable.Show(console, confusion);
        }

        report.Generation?.Show(console);
        TextWriter text = console.Text();
        foreach (string note in report.Notes)
            text.WriteLine(note);
        if (report.File is { } file)
            text.WriteLine($"report             {TextFormat.Relative(file)}");
        if (report.ConfusionPlot is { } plot)
            text.WriteLine($"confusion matrix   {TextFormat.Relative(plot)}");
    }

    private static void AddLosses(Table table, EvaluationReport report)
    {
        table.AddRow("loss", TextFormat.Loss(report.Loss));
        foreach (LossBaseline baseline in report.LossBaselines)
            table.AddRow(PrintableText.Escape($"loss of {baseline.Label}"), TextFormat.Loss(baseline.Loss));
        if (report.TokenAccuracy is not { } hidden)
            return;
        table.AddRow("masked tokens predicted", TextFormat.Share(hidden));
        foreach (LossBaseline baseline in report.LossBaselines.Where(baseline => baseline.Accuracy is not null))
            table.AddRow(PrintableText.Escape($"predicted by {baseline.Label}"), TextFormat.Share(baseline.Accuracy!.Value));
    }

    private static void AddQuestions(Table table, QuestionFigures questions)
    {
        table.AddRow("unanswerable questions", TextFormat.Count(questions.Unanswerable));
        table.AddRow("exact answers", TextFormat.Share(questions.Exact));
        table.AddRow("F1 of answers", TextFormat.Share(questions.F1));
        if (questions.F1OfAnswerable is { } answerable)
            table.AddRow("F1 where there is an answer", TextFormat.Share(answerable));
        if (questions.UnanswerableFound is { } found)
            table.AddRow("unanswerable questions found", TextFormat.Share(found));
        if (questions.Baseline is { } baseline)
        {
            string threshold = baseline.Threshold.ToString("N2", CultureInfo.InvariantCulture);
            table.AddRow("exact answers of the TF-IDF sentence", TextFormat.Share(baseline.Exact));
            table.AddRow("F1 of the TF-IDF sentence", TextFormat.Share(baseline.F1));
            table.AddRow("its threshold of no answer", threshold);
        }

        table.AddRow("first answer", PrintableText.Escape(questions.Example));
    }

    private static void AddCloze(Table table, ClozeFigures cloze)
    {
        table.AddRow("cloze questions", TextFormat.Count(cloze.Questions));
        table.AddRow("masked words filled in correctly", TextFormat.Share(cloze.Accuracy));
        table.AddRow("masked word among the best five", TextFormat.Share(cloze.AccuracyOfFive));
        if (cloze.Baseline is { } baseline)
            table.AddRow("correct by the previous word", TextFormat.Share(baseline));
        table.AddRow("first question", PrintableText.Escape(cloze.Example));
    }

    private static void AddAnswers(Table table, AnswerFigures answers)
    {
        table.AddRow("replies", TextFormat.Count(answers.Answers));
        table.AddRow("chrF of replies", answers.ChrF.ToString("N1", CultureInfo.InvariantCulture));
        if (answers is { ChrFOfNearest: { } nearest, Translations: null })
            table.AddRow("chrF of the nearest training reply", nearest.ToString("N1", CultureInfo.InvariantCulture));
        table.AddRow("BLEU of replies", answers.Bleu.ToString("N1", CultureInfo.InvariantCulture));
        table.AddRow("BLEU's signature", PrintableText.Escape(answers.BleuSignature));
        if (answers.Translations is { } translations)
            AddTranslations(table, translations);
        if (answers.Rouge is { } rouge)
        {
            table.AddRow(
                $"ROUGE-1, ROUGE-2, ROUGE-L{(rouge.Stems ? " of stems" : "")}",
                string.Create(CultureInfo.InvariantCulture, $"{rouge.One:N1}, {rouge.Two:N1}, {rouge.L:N1}"));
        }

        table.AddRow("replies equal to the data", TextFormat.Share(answers.Exact));
        table.AddRow("replies that the model ended", TextFormat.Share(answers.Ended));
        table.AddRow("first reply", PrintableText.Escape(answers.Example));
    }

    private static void AddTranslations(Table table, TranslationFigures translations)
    {
        Add("", translations.All);
        if (translations.Unfamiliar is not { } unfamiliar)
            return;
        string limit = TranslationFigures.UnfamiliarBelow.ToString("N1", CultureInfo.InvariantCulture);
        table.AddRow($"sources unlike training (similarity below {limit})", TextFormat.Count(unfamiliar.Texts));
        table.AddRow("chrF, BLEU of these", Format(unfamiliar.Model));
        Add(" of these", unfamiliar);

        void Add(string texts, TranslationComparison comparison)
        {
            table.AddRow($"chrF, BLEU of a word-by-word dictionary{texts}", Format(comparison.Dictionary));
            table.AddRow($"chrF, BLEU of a translation memory{texts}", Format(comparison.Memory));
        }

        static string Format(TranslationScore score) => string.Create(CultureInfo.InvariantCulture, $"{score.ChrF:N1}, {score.Bleu:N1}");
    }

    private static void AddEntities(Table table, EntityFigures entities)
    {
        table.AddRow("entities", TextFormat.Count(entities.Entities));
        table.AddRow("precision of entities", TextFormat.Share(entities.Precision));
        table.AddRow("recall of entities", TextFormat.Share(entities.Recall));
        table.AddRow("F1 of entities", TextFormat.Share(entities.F1));
    }
}
