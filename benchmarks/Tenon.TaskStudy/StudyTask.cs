using Tenon.Host;
using Tenon.Host.Evaluation;
using Tenon.Host.Runs;
using Tenon.Studies;

namespace Tenon.TaskStudy;

/// <summary>A task of the study.</summary>
internal abstract class StudyTask
{
    /// <summary>All tasks, in the order of the table.</summary>
    public static IReadOnlyList<StudyTask> All { get; } =
    [
        new TranslationTask(),
        new QuestionTask(),
        new ClozeTask(),
        new ClassTask("sentiment", """{ "use": "sentiment" }""", heldOut: 0.3, SmallModel.Convolutional),
        new ClassTask(
            "namespace", """{ "use": "sdk-namespaces", "classes": 10, "perClass": 500 }""", heldOut: 0.2, SmallModel.Recurrent),
    ];

    /// <summary>Its name in files and tables.</summary>
    public abstract string Name { get; }

    /// <summary>What is measured, from 0 to 100.</summary>
    public abstract string Measure { get; }

    /// <summary>The model that is trained for this task alone.</summary>
    public abstract SmallModel Small { get; }

    /// <summary>The data component that the small model learns from, with its options except files.</summary>
    public virtual string SmallData => "\"use\": \"prompts\"";

    /// <summary>Whether the small model reads files in the format of SQuAD.</summary>
    public virtual bool SmallReadsSquad => false;

    /// <summary>What the large model reads after a prompt, and before the answer.</summary>
    protected abstract string Cue { get; }

    /// <summary>The text that the large model continues with the answer.</summary>
    /// <param name="one">An example.</param>
    public string Ask(TaskExample one) => $"{one.Prompt} {Cue}:";

    /// <summary>Reads the examples.</summary>
    /// <param name="host">Provides the data.</param>
    /// <param name="folder">The study's folder.</param>
    public abstract TaskExamples Read(TenonHost host, string folder);

    /// <summary>Scores texts that a model generated.</summary>
    /// <param name="asked">The examples.</param>
    /// <param name="texts">A text for each example.</param>
    public virtual double Score(IReadOnlyList<TaskExample> asked, IReadOnlyList<string> texts) =>
        100.0 * asked.Zip(texts).Count(pair => pair.First.Answer == pair.Second.Trim()) / asked.Count;

    /// <summary>Scores the small model of a finished run on its validation examples; null if it generates texts.</summary>
    /// <param name="host">Evaluates the model.</param>
    /// <param name="run">The run.</param>
    public virtual double? ScoreSmall(TenonHost host, RunReport run) => null;

    private sealed class TranslationTask : StudyTask
    {
        public override string Name => "translation";

        public override string Measure => "chrF";

        public override SmallModel Small => SmallModel.Writer;

        protected override string Cue => "German";

        public override TaskExamples Read(TenonHost host, string folder)
        {
            using IDataset<TextPairExample> data = StudyData.Open<TextPairExample>(
                host, """{ "use": "sdk-translations", "language": "de", "longestText": 120 }""", folder);
            return TaskExamples.Of(data, pair => new TaskExample(pair.First, pair.Second));
        }

        public override double Score(IReadOnlyList<TaskExample> asked, IReadOnlyList<string> texts)
        {
            var score = new ChrF();
            foreach ((TaskExample one, string text) in asked.Zip(texts))
                score.Add(text, one.Answer);
            return score.Score;
        }
    }

    private sealed class QuestionTask : StudyTask
    {
        // The response to a question that the passage does not answer.
        private const string NoAnswer = "no answer";

        public override string Name => "question answering";

        public override string Measure => "F1";

        public override SmallModel Small => SmallModel.Finder;

        public override string SmallData => "\"use\": \"squad\"";

        public override bool SmallReadsSquad => true;

        protected override string Cue => "answer";

        public override TaskExamples Read(TenonHost host, string folder)
        {
            using IDataset<QuestionAnswerExample> data = StudyData.Open<QuestionAnswerExample>(
                host, """{ "use": "sdk-passages" }""", folder);
            return TaskExamples.Of(data, question => new TaskExample(
                $"question: {question.Question} passage: {question.Passage}",
                question.Answers.Count == 0 ? NoAnswer : question.Answers[0].Text, question));
        }

        public override double Score(IReadOnlyList<TaskExample> asked, IReadOnlyList<string> texts) =>
            100 * asked.Zip(texts).Average(pair => SquadScore.F1(
                pair.Second.Trim() == NoAnswer ? "" : pair.Second, pair.First.Question!));

        public override double? ScoreSmall(TenonHost host, RunReport run) =>
            100 * host.Evaluate(run.Folder.Path, new EvaluationOptions { Split = Split.Validation }).Questions!.F1;
    }

    // A text has one of several classes.
    private sealed class ClassTask(string name, string section, double heldOut, SmallModel small) : StudyTask
    {
        public override string Name => name;

        public override string Measure => "accuracy";

        public override SmallModel Small => small;

        protected override string Cue => name;

        // The prompts are the texts, the answers their labels.
        public override string SmallData => "\"use\": \"labelled-text\", \"text\": \"prompt\", \"label\": \"answer\"";

        public override TaskExamples Read(TenonHost host, string folder)
        {
            using IDataset<LabelledTextExample> data = StudyData.Open<LabelledTextExample>(host, section, folder);
            return TaskExamples.Divided(data.Train, heldOut, text => new TaskExample(text.Text, data.Facts.Labels[text.Label]));
        }

        public override double? ScoreSmall(TenonHost host, RunReport run) => 100 * run.Summary.Accuracy!.Value;
    }
}
