using Tenon.Text.Questions;

namespace Tenon.Text.Tests;

public sealed class SquadDataTests : IDisposable
{
    private const string Version2 = """
        {"version": "v2.0", "data": [
          {"title": "Cats", "paragraphs": [
            {"qas": [
               {"id": "1", "question": "Who sat?", "is_impossible": false, "answers": [
                  {"text": "The cat", "answer_start": 0}, {"text": "cat", "answer_start": 4}, {"text": "cat", "answer_start": 4}]},
               {"id": "2", "question": "Who stood?", "is_impossible": true, "answers": [],
                "plausible_answers": [{"text": "cat", "answer_start": 4}]}],
             "context": "The cat sat."}]},
          {"title": "None", "paragraphs": []}]}
        """;

    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Questions_have_spans_as_answers_or_none()
    {
        _folder.Write("dev.json", Version2);

        using IDataset<QuestionAnswerExample> data = Open("dev.json");

        data.Facts.HasQuestions.Should().BeTrue();
        data.Facts.Summary.Should().Be("1 file, 2 questions (1 question without an answer)");
        QuestionAnswerExample[] questions = [.. data.Train.All()];
        questions[0].Should().BeEquivalentTo(new QuestionAnswerExample(
            "Who sat?", "The cat sat.", [new AnswerSpan(0, "The cat"), new AnswerSpan(4, "cat")]));
        questions[1].Should().BeEquivalentTo(new QuestionAnswerExample("Who stood?", "The cat sat.", []));
        data.Train.Origin(1).Should().Be($"{_folder.At("dev.json")}:3");
        data.Validation.Should().BeNull();
    }

    [Fact]
    public void Version_1_has_no_questions_without_an_answer_and_validation_may_be_another_file()
    {
        _folder.Write("train.json", One("The cat sat.", "cat", 4));
        _folder.WriteCompressed("dev.json.gz", One("A dog sat.", "dog", 2));

        using IDataset<QuestionAnswerExample> data = new SquadData(_folder.Cache).Open(
            new SquadOptions { Files = ["train.json"], Validation = ["dev.json.gz"] }, _folder.Context);

        data.Train[0].Answers.Should().Equal(new AnswerSpan(4, "cat"));
        data.Validation![0].Passage.Should().Be("A dog sat.");
    }

    [Fact]
    public void Answers_are_located_by_code_points()
    {
        _folder.Write("emoji.json", One("😀😀 cat", "cat", 3));

        using IDataset<QuestionAnswerExample> data = Open("emoji.json");

        data.Train[0].Answers.Should().Equal(new AnswerSpan(5, "cat"));
    }

    [Theory]
    [InlineData("""[{"question": "Who?"}]""", ":1: not in SQuAD's format: the file does not start with an object. The file must be*")]
    [InlineData("{\n\"rows\": []}", ":2: not in SQuAD's format: there is no list 'data'.*")]
    [InlineData("{\n\"data\": {}}", ":2: not in SQuAD's format: 'data' is not a list.*")]
    [InlineData("{\"data\": [\n1]}", ":2: not in SQuAD's format: 'data' contains a value that is not an object.*")]
    [InlineData("{\"data\": [{\"paragraphs\": [\n\n\"a\"]}]}", ":3: not in SQuAD's format: 'paragraphs' contains a value that is not*")]
    [InlineData("{\"data\": [\n{\"paragraphs\": ]}", ":2: the file is not valid JSON: *")]
    public void A_file_in_another_format_is_refused_with_its_line(string content, string message)
    {
        string file = _folder.Write("other.json", content);

        FluentActions.Invoking(() => Open("other.json")).Should().Throw<DataException>().WithMessage($"{file}{message}");
    }

    [Theory]
    [InlineData("""{"qas": []}""", "a paragraph: 'context' is missing. It must be a text.")]
    [InlineData("""{"context": "A cat."}""", "a paragraph: 'qas' is missing. It must be a list of objects.")]
    [InlineData("""{"context": "A cat.", "qas": [{"id": "7", "answers": []}]}""", "question '7': 'question' is missing. It must be a text.")]
    [InlineData("""{"context": "A cat.", "qas": [{"question": "Who?"}]}""", "a question: 'answers' is missing. It must be a list of objects.")]
    [InlineData("""{"context": "A cat.", "qas": [{"question": "Who?", "answers": [{"text": "cat"}]}]}""",
        "a question: an answer has no whole number 'answer_start'.")]
    [InlineData("""{"context": "A cat.", "qas": [{"id": "7", "question": "Who?", "answers": [{"text": "cat", "answer_start": 3}]}]}""",
        "question '7': the passage does not contain the answer 'cat' at character 3 ('answer_start'). Correct one of them.")]
    [InlineData(
        """{"context": "A cat.", "qas": [{"question": "Who?", "is_impossible": true, "answers": [{"text": "cat", "answer_start": 2}]}]}""",
        "a question: 'is_impossible' is true, but there are 'answers'. Remove one of them.")]
    public void A_question_that_cannot_be_used_is_refused_with_file_and_line(string paragraph, string message)
    {
        string file = _folder.Write("bad.json", $$"""
            {"data": [{"paragraphs": [
            {{paragraph}}]}]}
            """);

        FluentActions.Invoking(() => Open("bad.json")).Should().Throw<DataException>().WithMessage($"{file}:2: {message}");
    }

    private IDataset<QuestionAnswerExample> Open(string file) =>
        new SquadData(_folder.Cache).Open(new SquadOptions { Files = [file] }, _folder.Context);

    private static string One(string passage, string answer, int start) => $$"""
        {"data": [{"paragraphs": [{"context": "{{passage}}", "qas": [
          {"id": "1", "question": "Who?", "answers": [{"text": "{{answer}}", "answer_start": {{start}}}]}]}]}]}
        """;
}
