using System.Diagnostics;
using Tenon.Host.Events;
using Tenon.Host.Native;
using Tenon.Host.Plugins.Catalogue;
using Tenon.Host.Plugins.Components;
using Tenon.Host.Recipes;
using Tenon.Host.Runs;

namespace Tenon.Host.Planning;

/// <summary>Measures the first steps of a recipe, and one validation, sample and checkpoint, in a temporary folder.</summary>
/// <param name="components">Creates the recipe's components.</param>
/// <param name="recipe">A checked recipe.</param>
internal sealed class ShortRun(ComponentFactory components, Recipe recipe)
{
    // The first steps allocate memory and compile code.
    private const int WarmUpSteps = 5;
    private const int LeastSteps = 10;
    private const double LeastSeconds = 10;

    // The work between steps is done in the middle of the measured ones.
    private const int Every = 10;

    // The measurement ends the run long before.
    private const int MostSteps = 1_000_000;

    private readonly Stopwatch _sinceLast = new();
    private double _steps, _validation, _samples, _checkpoint;
    private long _measured;
    private bool _isBetween;

    /// <summary>Runs and returns what was measured.</summary>
    /// <param name="stop">Cancels the measurement.</param>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public MeasuredRun Measure(CancellationToken stop)
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("tenon-measure-");
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(stop);
        bool knowsPeak = PeakMemory.Reset();
        try
        {
            new RunExecutor(components, new RunEvents(happened => Observe(happened, enough)), plots: null, Job.Alone)
                .Start(Short(folder.FullName), enough.Token);
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            // Enough steps were measured.
        }
        finally
        {
            folder.Delete(recursive: true);
        }

        MeasuredPause[] pauses =
        [
            new("validations", _validation, recipe.Validation.Every), new("samples", _samples, recipe.Samples.Every),
            new("checkpoints", _checkpoint, recipe.Checkpoints.Every),
        ];
        return new MeasuredRun(
            _steps / _measured, [.. pauses.Where(pause => pause is { Seconds: > 0, Every: > 0 })], knowsPeak ? PeakMemory.Bytes() : null);
    }

    private void Observe(RunEvent happened, CancellationTokenSource enough)
    {
        switch (happened)
        {
            case StepCompleted { Step: var step }:
                if (step > WarmUpSteps)
                    (_steps, _measured) = (_steps + _sinceLast.Elapsed.TotalSeconds, step - WarmUpSteps);
                _isBetween = step % Every == 0;
                if (_measured >= LeastSteps && _steps >= LeastSeconds)
                    enough.Cancel();
                break;
            case Validated when _isBetween:
                _validation = _sinceLast.Elapsed.TotalSeconds;
                break;
            case SamplesWritten when _isBetween:
                _samples = _sinceLast.Elapsed.TotalSeconds;
                break;
            // The end of the work between two steps, of which checkpoints are the last.
            case ActivityChanged { Activity: null } when _isBetween:
                (_checkpoint, _isBetween) = (_sinceLast.Elapsed.TotalSeconds, false);
                break;
            default:
                return;
        }

        _sinceLast.Restart();
    }

    private Recipe Short(string folder) => recipe with
    {
        Output = folder,
        Components = [.. recipe.Components.Where(choice => choice.Kind != ComponentKind.Communicator)],
        Training = recipe.Training with { Steps = MostSteps },
        Validation = recipe.Validation with { Every = Sooner(recipe.Validation.Every) },
        Checkpoints = recipe.Checkpoints with { Every = Sooner(recipe.Checkpoints.Every), Minutes = 0 },
        Samples = recipe.Samples with { Every = Sooner(recipe.Samples.Every) },
    };

    private static long Sooner(long every) => Math.Min(every, Every);
}
