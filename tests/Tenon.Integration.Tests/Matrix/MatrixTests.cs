using System.Text.Json.Nodes;
using Tenon.Host.Plugins.Catalogue;

namespace Tenon.Integration.Tests.Matrix;

/// <summary>
/// Every cell of <c>tenon matrix</c>: what fits together is trained, stopped, resumed and used; what does not is refused
/// by the capability that is missing.
/// </summary>
[Collection(InOneProcess.Name)]
public sealed class MatrixTests(MatrixFolder folder) : IClassFixture<MatrixFolder>
{
    private static readonly Lazy<Cell[]> All = new(() =>
    [
        .. from combination in Combination.All(PluginCatalogue.Read(MatrixProgram.PluginsFile))
           from kind in Cell.KindsOf(combination)
           select new Cell(combination, kind),
    ]);

    public static TheoryData<string> Cells => [.. All.Value.Select(cell => cell.ToString())];

    [Theory]
    [MemberData(nameof(Cells))]
    public void Trains_stops_resumes_and_is_used_or_is_refused(string name)
    {
        Cell cell = All.Value.First(cell => cell.ToString() == name);
        if (cell.Combination.Missing is not null)
            IsRefused(cell);
        else if (!cell.HasData)
            HasNothingToLearnFrom(cell);
        else if (folder.Unavailable(cell) is { } reason)
            IsUnavailable(cell, reason);
        else
            Works(cell);
    }

    [Fact]
    public void Every_kind_of_example_has_tiny_data()
    {
        string[] kinds = [.. PluginCatalogue.Read(MatrixProgram.PluginsFile)
            .OfKind(ComponentKind.Data).Select(data => data.ExampleType!).Distinct()];

        kinds.Except(TinyData.Kinds).Should()
            .BeEmpty($"cells are run on each kind that data components yield; add a few examples of it to {nameof(TinyData)}");
    }

    private void Works(Cell cell)
    {
        string? trained = StrategyNeeds.Of(cell.Combination.Strategy.Name).TrainedModel ? folder.Trained(cell) : null;
        string id = cell.ToString().Replace(' ', '-');
        ProgramResult whole = MatrixProgram.Run("run", cell.Recipe(folder.Path, $"{id}-whole", trained));
        whole.ExitCode.Should().Be(0, whole.All);
        if (!StrategyNeeds.Of(cell.Combination.Strategy.Name).Trains)
        {
            ProgramResult again = MatrixProgram.Run("resume", folder.Run($"{id}-whole"));
            again.ExitCode.Should().Be(0, again.All);
            IsUsed(cell, $"{id}-whole");
            return;
        }

        ProgramResult stopped = MatrixProgram.Run(stopAfterStep: 2, "run", cell.Recipe(folder.Path, $"{id}-parted", trained));
        stopped.ExitCode.Should().Be(130, stopped.All);
        stopped.Errors.Should().Contain("A checkpoint was written");
        ProgramResult resumed = MatrixProgram.Run("resume", folder.Run($"{id}-parted"));
        resumed.ExitCode.Should().Be(0, resumed.All);
        resumed.Output.Should().Contain($"step {Cell.Steps}/{Cell.Steps}").And.NotContain("step 2/");
        MatrixFolder.Weights(folder.Run($"{id}-parted")).Should()
            .BeEquivalentTo(MatrixFolder.Weights(folder.Run($"{id}-whole")), "a resumed run equals the whole one");

        IsUsed(cell, $"{id}-parted");
        ProgramResult evaluated = MatrixProgram.Run("eval", folder.Run($"{id}-parted"), "--json");
        evaluated.ExitCode.Should().Be(0, evaluated.All);
    }

    private void IsUsed(Cell cell, string run)
    {
        ProgramResult used = MatrixProgram.Run(cell.Verb(folder.Run(run), folder.Path, folder.Data.Image));
        used.ExitCode.Should().Be(0, used.All);
        JsonNode.Parse(used.Output).Should().NotBeNull();
    }

    private void IsRefused(Cell cell)
    {
        ProgramResult run = MatrixProgram.Run("run", cell.Recipe(folder.Path, "refused", trained: null));

        run.ExitCode.Should().Be(2, run.All);
        string? missing = CombinationChecker.MissingInWords(cell.Combination.Architecture, cell.Combination.Strategy);
        run.Errors.Should().Contain($"needs a model that is {missing}, but");
        Directory.Exists(folder.Run("refused")).Should().BeFalse();
    }

    // The types allow the strategy, and no example is for both: whatever the data, the run ends with a sentence.
    private void HasNothingToLearnFrom(Cell cell)
    {
        bool startsFromModel = StrategyNeeds.Of(cell.Combination.Strategy.Name).TrainedModel && folder.Unavailable(cell) is null;
        ProgramResult run = MatrixProgram.Run("run", cell.Recipe(folder.Path, "nothing", startsFromModel ? folder.Trained(cell) : null));

        run.ExitCode.Should().BeOneOf([2, 4], run.All);
        run.Errors.Should().NotContain("Unexpected").And.NotBeEmpty();
        MatrixFolder.HasWeights(folder.Run("nothing")).Should().BeFalse();
    }

    private void IsUnavailable(Cell cell, string reason)
    {
        // The device is refused before a model is opened.
        string? model = StrategyNeeds.Of(cell.Combination.Strategy.Name).TrainedModel
            ? Directory.CreateDirectory(folder.Run("without-weights")).FullName : null;
        ProgramResult run = MatrixProgram.Run("run", cell.Recipe(folder.Path, "unavailable", model));

        run.ExitCode.Should().Be(4, run.All);
        run.Errors.Should().Contain($"The device '{cell.Combination.Device.Name}' cannot be used: {reason}");
        Directory.Exists(folder.Run("unavailable")).Should().BeFalse();
    }
}
