using System.Text.Json.Nodes;
using Tenon.Host.Artifacts;
using TorchSharp;

namespace Tenon.Host.Models;

/// <summary>The adapters that are to be in force on one model together: their tensors, read and checked.</summary>
internal sealed class AdapterStack : IDisposable
{
    private readonly List<Entry> _entries = [];

    private AdapterStack()
    {
    }

    /// <summary>Reads adapters.</summary>
    /// <param name="own">The adapter of the folder that is opened, or null.</param>
    /// <param name="further">Others, put onto the model behind it.</param>
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
                        $"'{choice.Folder}' is not an adapter folder: it has no {AdapterFolder.ConfigurationFile}. A scale can follow the folder, as in {choice.Folder}:0.5."),
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

    /// <summary>Whether an adapter brings a parameter of the model itself.</summary>
    /// <param name="name">The model's name of it.</param>
    public bool Brings(string name) => _entries.Any(entry => entry.Tensors.ContainsKey(AdapterFolder.BaseModelPrefix + name));

    /// <summary>Puts the adapters onto a model.</summary>
    /// <param name="model">With its weights, on its device.</param>
    /// <param name="format">What opens a kind of adapter.</param>
    /// <returns>In the order in which they were put on; the caller disposes them in the opposite order.</returns>
    /// <exception cref="ModelException">One does not fit the model, or two cannot be in force at once.</exception>
    public IReadOnlyList<IAdapter> Open(IModel model, Func<string, IAdapterFormat> format)
    {
        List<IAdapter> opened = [];
        try
        {
            foreach (Entry entry in _entries)
            {
                IAdapter adapter = format(entry.Adapter.Type).Open(entry.Adapter.Configuration, entry.Tensors, model);
                opened.Add(adapter);
                if (adapter is IWeightAdapter weight)
                    weight.Factor = entry.Factor;
                else if (entry.Factor != 1)
                    throw new ModelException($"The adapter in '{entry.Adapter.Folder}' has the factor {entry.Factor}, and it is a {entry.Adapter.Type}, which adds nothing to weights that could be multiplied. Leave the factor out.");
                else if (opened.Count(other => other is not IWeightAdapter) > 1)
                    throw new ModelException($"The adapter in '{entry.Adapter.Folder}' is a {entry.Adapter.Type}, and a model takes one prompt. Name one such adapter; those of type LORA can be several.");
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

    /// <summary>Frees the tensors; opened adapters have their own.</summary>
    public void Dispose()
    {
        foreach (torch.Tensor tensor in _entries.SelectMany(entry => entry.Tensors.Values))
            tensor.Dispose();
        _entries.Clear();
    }

    private void Add(AdapterFolder folder, double factor) => _entries.Add(new Entry(folder, folder.ReadWeights(), factor));

    // A head that was trained whole is no sum: two of them exclude each other, as in PEFT.
    private void CheckModules()
    {
        Entry[] whole = [.. _entries.Where(entry => entry.Adapter.Configuration["modules_to_save"] is JsonArray { Count: > 0 })];
        if (whole.Length > 1)
        {
            throw new ModelException(
                $"The adapters in '{whole[0].Adapter.Folder}' and '{whole[1].Adapter.Folder}' each bring modules of their own " +
                $"({string.Join(", ", whole[0].Adapter.Configuration["modules_to_save"]!.AsArray())}), of which only one can be in force. Name one of them.");
        }
    }

    private sealed record Entry(AdapterFolder Adapter, IReadOnlyDictionary<string, torch.Tensor> Tensors, double Factor);
}
