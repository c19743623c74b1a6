using System.Text.Json.Nodes;
using Tenon.Host.Artifacts;
using TorchSharp;

namespace Tenon.Host.Models;

/// <summary>Adapters that are applied to one model together. Their tensors have been read and checked.</summary>
internal sealed class AdapterStack : IDisposable
{
    private readonly List<Entry> _entries = [];

    private AdapterStack()
    {
    }

    /// <summary>Reads adapters.</summary>
    /// <param name="own">The adapter of the opened folder, or null.</param>
    /// <param name="further">Further adapters, applied after it.</param>
    /// <exception cref="ModelException">A folder is not an adapter, cannot be read, or cannot be combined with the others.</exception>
    public static AdapterStack Read(AdapterFolder? own, IReadOnlyList<AdapterChoice> further)
    {
        var stack = new AdapterStack();
        try
        {
            if (own is not null)
                stack.Add(own, 1);
            foreach (AdapterChoice choice in further)
            {
                stack.Add(
                    AdapterFolder.Find(choice.Folder) ?? throw new ModelException(
                        $"'{choice.Folder}' is not an adapter folder: it has no {AdapterFolder.ConfigurationFile}. " +
                        $"A scale can follow the folder, as in {choice.Folder}:0.5."),
                    choice.Factor);
            }

            stack.CheckModules();
            return stack;
        }
        catch
        {
            stack.Dispose();
            throw;
        }
    }

    /// <summary>Returns whether an adapter replaces a parameter of the model.</summary>
    /// <param name="name">The parameter's name in the model.</param>
    public bool Replaces(string name) =>
        _entries.Any(entry => AdapterFolder.BaseModelPrefixes.Any(prefix => entry.Tensors.ContainsKey(prefix + name)));

    /// <summary>Applies the adapters to a model.</summary>
    /// <param name="model">The model with its weights, on its device.</param>
    /// <param name="format">Returns the component that opens an adapter type.</param>
    /// <returns>The adapters in order of application; the caller disposes them in reverse order.</returns>
    /// <exception cref="ModelException">An adapter does not match the model, or two cannot be combined.</exception>
    public IReadOnlyList<IAdapter> Open(IModel model, Func<string, IAdapterFormat> format)
    {
        List<IAdapter> opened = [];
        try
        {
            foreach (Entry entry in _entries)
            {
                IAdapterFormat known = format(entry.Adapter.Type);
                IAdapter adapter = ForeignValues.Guard($"The adapter in '{entry.Adapter.Folder}' cannot be opened",
                    () => known.Open(entry.Adapter.Configuration, entry.Tensors, model));
                opened.Add(adapter);
                if (adapter is IWeightAdapter weight)
                    weight.Factor = entry.Factor;
                else if (entry.Factor != 1)
                    throw new ModelException($"The adapter in '{entry.Adapter.Folder}' has the scale {entry.Factor}, " +
                        $"but type {entry.Adapter.Type} does not add anything to the weights that could be scaled. Omit the scale.");
                else if (opened.Count(other => other is not IWeightAdapter) > 1)
                    throw new ModelException($"The adapter in '{entry.Adapter.Folder}' is of type {entry.Adapter.Type}, " +
                        "and a model accepts only one prompt. Use one such adapter; adapters of type LORA can be combined.");
            }

            return opened;
        }
        catch
        {
            foreach (IAdapter adapter in Enumerable.Reverse(opened))
                adapter.Dispose();
            throw;
        }
    }

    /// <summary>Frees the tensors; opened adapters have their own copies.</summary>
    public void Dispose()
    {
        foreach (torch.Tensor tensor in _entries.SelectMany(entry => entry.Tensors.Values))
            tensor.Dispose();
        _entries.Clear();
    }

    private void Add(AdapterFolder folder, double factor) => _entries.Add(new Entry(folder, folder.ReadWeights(), factor));

    // A fully trained head is not additive: two of them cannot be combined, as in PEFT.
    private void CheckModules()
    {
        Entry[] whole = [.. _entries.Where(entry => entry.Adapter.Configuration["modules_to_save"] is JsonArray { Count: > 0 })];
        if (whole.Length > 1)
        {
            throw new ModelException(
                $"The adapters in '{whole[0].Adapter.Folder}' and '{whole[1].Adapter.Folder}' each replace modules " +
                $"({string.Join(", ", whole[0].Adapter.Configuration["modules_to_save"]!.AsArray())}), so they cannot be combined. " +
                "Use one of them.");
        }
    }

    private sealed record Entry(AdapterFolder Adapter, IReadOnlyDictionary<string, torch.Tensor> Tensors, double Factor);
}
