using System.Globalization;
using Tenon.LabelStudy;
using Tenon.LabelStudy.Studies;

namespace Tenon.Benchmarks.Tests.LabelStudy;

public sealed class LearningRatesTests : CommandTest
{
    private static readonly Study Study = Study.All.First(study => study.Name == "masked-autoencoder");

    [Fact]
    public void The_best_rate_of_each_method_is_chosen_on_another_split_and_seed_and_read_again()
    {
        string file = Path.Combine(Folder, "rates.csv");
        var rates = new LearningRates(Study, file);
        foreach ((Cell cell, double rate) in rates.Trials)
        {
            (cell.Division, cell.Labels).Should().Be((2, Study.TrialLabels));
            rates.Add(cell, rate, score: rate == cell.Method.Rates[1] ? 0.9 : 0.5);
        }

        var read = new LearningRates(Study, file);

        read.Trials.Should().OnlyContain(trial => read.Has(trial.Cell, trial.Rate));
        foreach (Method method in Study.Methods)
            read.Best(new Cell("fashion-mnist", method, 100, 1)).Should().Be(method.Rates[1]);
    }

    [Fact]
    public void A_cell_uses_its_rate_its_labels_and_the_division_of_the_study()
    {
        Method probe = Study.Methods.First(method => method.Key == "probe");

        string recipe = Study.Recipe(new Cell("fashion-mnist", probe, 100, 3), 0.01, Folder, Folder).ToJsonString();

        recipe.Should().Contain("\"seed\":3").And.Contain("\"examples\":100").And.Contain("\"learningRate\":0.01")
            .And.Contain("\"validation\":{\"share\":0.2,\"seed\":1}").And.Contain("\"train\":[\"classifier\"]")
            .And.Contain(Path.Combine(Folder, "base").ToString(CultureInfo.InvariantCulture));
    }
}
