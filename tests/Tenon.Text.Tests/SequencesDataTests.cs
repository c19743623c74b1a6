using Tenon.Text.Problems;

namespace Tenon.Text.Tests;

public sealed class SequencesDataTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(SequenceTask.Copy, "copy")]
    [InlineData(SequenceTask.Reverse, "reverse")]
    public void Sequences_are_different_and_have_the_lengths_and_responses_of_the_options(SequenceTask task, string verb)
    {
        var options = new SequencesOptions
        {
            Task = task,
            MinLength = 3,
            MaxLength = 9,
            HeldOutMinLength = 10,
            HeldOutMaxLength = 12,
            Letters = 4,
            Sequences = 2000,
            HeldOut = 100,
        };
        using IDataset<PromptExample> data = Open(options);
        PromptExample[] train = [.. data.Train.All()], heldOut = [.. data.Validation!.All()];

        data.Facts.Summary.Should().Be($"2,000 sequences of 3 to 9 letters to {verb}; 100 of 10 to 12 held out");
        (train.Length, heldOut.Length).Should().Be((2000, 100));
        train.Concat(heldOut).Should().OnlyHaveUniqueItems();
        foreach (PromptExample example in train.Concat(heldOut))
        {
            example.Prompt.Should().MatchRegex("^[a-d]+:$");
            string text = example.Prompt[..^1];
            example.Response.Should().Be(task == SequenceTask.Copy ? text : string.Concat(text.Reverse()));
        }

        train.Select(example => example.Response.Length).Distinct().Order().Should().Equal(3, 4, 5, 6, 7, 8, 9);
        heldOut.Select(example => example.Response.Length).Distinct().Order().Should().Equal(10, 11, 12);
        Open(options).Train.All().Should().Equal(train);
        Open(options with { Seed = 2 }).Train.All().Should().NotEqual(train);
        Open(options with { Seed = 2 }).Facts.Fingerprint.Should().NotBe(data.Facts.Fingerprint);
    }

    [Fact]
    public void The_first_letter_is_as_far_back_as_the_sequence_is_long()
    {
        using IDataset<PromptExample> data = Open(new SequencesOptions { Task = SequenceTask.First, MinLength = 7, MaxLength = 7 });

        data.Train.All().Should().OnlyContain(example => example.Prompt.Length == 8 && example.Response == example.Prompt.Substring(0, 1));
        data.Facts.Summary.Should().Contain("to begin");
    }

    [Fact]
    public void Held_out_sequences_of_the_same_lengths_are_not_trained_on()
    {
        using IDataset<PromptExample> data = Open(new SequencesOptions { MaxLength = 3, Letters = 5, Sequences = 1000, HeldOut = 1000 });

        (data.Train.Count + data.Validation!.Count).Should().Be(5 + 25 + 125, "those are all sequences of up to 3 out of 5 letters");
        data.Train.All().Should().NotIntersectWith(data.Validation.All());
    }

    [Theory]
    [InlineData(5, 4, null, null, "sequences: 'minLength' is 5, but 'maxLength' is 4. Lower the first or raise the second.")]
    [InlineData(1, 4, 9, 8, "sequences: 'heldOutMinLength' is 9, but 'heldOutMaxLength' is 8. Lower the first or raise the second.")]
    public void Lengths_that_contradict_each_other_are_refused(int least, int most, int? heldOutLeast, int? heldOutMost, string message)
    {
        Action open = () => Open(new SequencesOptions
        {
            MinLength = least,
            MaxLength = most,
            HeldOutMinLength = heldOutLeast,
            HeldOutMaxLength = heldOutMost,
        });

        open.Should().Throw<DataException>().WithMessage(message);
    }

    private IDataset<PromptExample> Open(SequencesOptions options) => new SequencesData().Open(options, _folder.Context);
}
