using System.Diagnostics;
using Tenon.Host.Data;
using Tenon.Host.Inference.Text;
using Tenon.Host.Models;
using Tenon.Host.Native;

namespace Tenon.Host.Serving;

/// <summary>
/// Generates the texts of many requests in one running batch (Yu et al. 2022, "Orca"): texts join and leave between tokens, in the
/// order in which they came, as far as limits and memory allow. All work is done on the model's thread, one token at a time, so that
/// other work on the model is done between two tokens. Thread-safe.
/// </summary>
internal sealed class GenerationEngine
{
    // Applying another adapter takes about as long as a few tokens.
    private static readonly TimeSpan Turn = TimeSpan.FromMilliseconds(100);

    private readonly Lock _lock = new();
    private readonly List<RunningText> _waiting = []; // in the order in which they came
    private readonly WorkThread _thread;
    private readonly ICausalLanguageModel _model;
    private readonly ITokenizer _tokenizer;
    private readonly ServingLimits _limits;
    private readonly CacheMemory _memory;
    private readonly OpenedModel _opened;
    private readonly SharedModel _shared;
    private readonly List<RunningText> _running = []; // changed on the model's thread and under the lock
    private GenerationBatch? _batch; // only on the model's thread
    private Task _work = Task.CompletedTask;
    private bool _isWorking;
    private bool _isStopping;
    private volatile bool _isAborted;

    /// <summary>Creates an engine without texts. To be called on the model's thread.</summary>
    /// <param name="thread">The model's thread.</param>
    /// <param name="opened">A causal language model with a tokenizer, in eval mode.</param>
    /// <param name="shared">The model in memory, which adapters may share.</param>
    /// <param name="limits">Limits.</param>
    /// <param name="memory">The memory for keys and values. Disposed when the engine has stopped.</param>
    /// <exception cref="ModelException">The model is not a causal language model, or has no tokenizer.</exception>
    public GenerationEngine(WorkThread thread, OpenedModel opened, SharedModel shared, ServingLimits limits, CacheMemory memory)
    {
        _thread = thread;
        (_opened, _shared) = (opened, shared);
        _model = opened.As<ICausalLanguageModel>("generate");
        _tokenizer = opened.NeededTokenizer;
        _limits = limits;
        _memory = memory;
    }

    /// <summary>The current numbers of texts.</summary>
    public EngineState State
    {
        get
        {
            lock (_lock)
            {
                return new EngineState(_running.Count, _waiting.Count)
                {
                    ReusedTokens = _memory.Prefixes.ReusedTokens,
                    PrefixBytes = _memory.Prefixes.Bytes,
                };
            }
        }
    }

    /// <summary>Whether the model reads sources with an encoder.</summary>
    public bool HasEncoder => _model is IEncoderDecoder;

    /// <summary>Tokenizes a prompt, or the source of a model with an encoder.</summary>
    /// <exception cref="ModelException">The model cannot continue it, or it is longer than the limit.</exception>
    public GenerationInput Prompt(string text) => Checked(GenerationInput.Of(text, _model, _tokenizer));

    /// <summary>Returns a prompt, or source, that is already tokenized.</summary>
    /// <exception cref="ModelException">The model cannot continue it, it is longer than the limit, or an id is not a token.</exception>
    public GenerationInput Prompt(IReadOnlyList<int> ids)
    {
        foreach (int id in ids)
        {
            if (id < 0 || id >= _tokenizer.VocabularySize)
                throw new ModelException($"{id} is not a token id of the model. Allowed: 0 … {_tokenizer.VocabularySize - 1}.");
        }

        return Checked(GenerationInput.Of(ids, _model));
    }

    /// <summary>Tokenizes a conversation up to the start of the assistant's next message.</summary>
    /// <param name="conversation">The conversation.</param>
    /// <param name="start">The text with which the next message starts; the model continues it.</param>
    /// <exception cref="ModelException">The model has no chat template, or the conversation is longer than its context or the limit.</exception>
    /// <exception cref="DataException">The template is malformed, or rejects the conversation.</exception>
    public GenerationInput Prompt(Conversation conversation, string start = "") =>
        Checked(GenerationInput.Of(conversation, _model, _tokenizer, start));

    /// <summary>The ids that end a text.</summary>
    /// <param name="isReply">Whether the text is a reply in a conversation.</param>
    public IReadOnlyList<int> Ends(bool isReply) =>
        GenerationIds.Ends(_model, _tokenizer, isReply ? GenerationIds.Template(_tokenizer) : null);

    /// <summary>Starts texts.</summary>
    /// <param name="requests">At least one.</param>
    /// <param name="stop">Cancels the texts within one token.</param>
    /// <returns>The texts in the order of the requests; the caller disposes them.</returns>
    /// <exception cref="ModelException">A text needs more memory than there is.</exception>
    /// <exception cref="QueueFullException">Too many texts wait.</exception>
    /// <exception cref="ServingStoppedException">The engine stops.</exception>
    public TextAnswers Start(IReadOnlyList<TextRequest> requests, CancellationToken stop)
    {
        TextRequest[] limited = [.. requests.Select(request => request with
        {
            Sampling = request.Sampling with
            {
                MaxNewTokens = Math.Min(request.Sampling.MaxNewTokens, Math.Min(_limits.MaxNewTokens, _model.ContextLength)),
                VocabularySize = GenerationIds.Drawable(_model, _tokenizer, request.Sampling),
            },
        })];
        if (limited.Select(Cached).Select(_memory.Budget.Error).FirstOrDefault(error => error is not null) is { } tooLarge)
            throw new ModelException(tooLarge);
        var answers = new TextAnswers(limited.Length, _limits.RequestTime, stop);
        try
        {
            Enqueue([.. limited.Index().Select(request => new RunningText(request.Item, _tokenizer, answers, request.Index))]);
            return answers;
        }
        catch
        {
            answers.Dispose();
            throw;
        }
    }

    /// <summary>Refuses new texts, waits for those that run, and frees the memory of earlier prompts and the draft.</summary>
    /// <param name="deadline">Time after which the texts that have not ended fail.</param>
    public async Task StopAsync(TimeSpan deadline)
    {
        Task work;
        lock (_lock)
            (_isStopping, work) = (true, _work);
        if (await Task.WhenAny(work, Task.Delay(deadline)).ConfigureAwait(false) != work)
            _isAborted = true;
        await work.ConfigureAwait(false);
        await _thread.Run(Free, CancellationToken.None).ConfigureAwait(false);
    }

    private bool Free()
    {
        _memory.Dispose();
        return true;
    }

    private void Enqueue(RunningText[] texts)
    {
        lock (_lock)
        {
            if (_isStopping)
                throw new ServingStoppedException();
            int most = _limits.MaxRunning + _limits.MaxWaiting;
            if (_running.Count + _waiting.Count + texts.Length > most)
            {
                throw new QueueFullException($"The server generates and queues at most {most} texts; " +
                    $"{_running.Count + _waiting.Count} are running or waiting. Repeat the request later.");
            }

            _waiting.AddRange(texts);
            if (_isWorking)
                return;
            _isWorking = true;
            _work = WorkAsync();
        }
    }

    private async Task WorkAsync()
    {
        bool isActive = true;
        while (isActive)
            isActive = await _thread.Run(Work, CancellationToken.None).ConfigureAwait(false);
    }

    // Generates until other work waits for the thread and, if the texts of several adapters take turns, the turn is over. Returns whether
    // texts are left.
    private bool Work()
    {
        using IDisposable inference = InferenceMode.Enter();
        long start = Stopwatch.GetTimestamp();
        do
        {
            Advance();
            if (_running.TrueForAll(text => text.HasEnded))
                FreeBatch();
            lock (_lock)
            {
                _running.RemoveAll(text => text.HasEnded);
                _isWorking = _running.Count + _waiting.Count > 0;
                if (!_isWorking)
                    return false;
            }
        }
        while (!_thread.HasWaiting || (_shared.HasAdapters && Stopwatch.GetElapsedTime(start) < Turn));
        return true;
    }

    // Generates a token of each text.
    private void Advance()
    {
        try
        {
            _shared.Apply(_opened);
            Drop();
            Admit();
            _memory.Reserve(_running.Count, _running.Select(text => Cached(text.Request)).DefaultIfEmpty().Max());
            _batch?.Step();
            foreach (RunningText text in _running)
                text.Read(_batch!);
        }
#pragma warning disable CA1031 // The requests report it, and the engine continues with the others.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            // The state of the batch is unknown.
            FreeBatch();
            Fail(_running, failure);
        }
    }

    // The next batch may need less memory.
    private void FreeBatch()
    {
        _batch?.Dispose();
        _batch = null;
    }

    // Removes texts that are no longer wanted, also those that wait, which would keep others from waiting.
    private void Drop()
    {
        bool isAborted = _isAborted;
        RunningText[] waiting;
        lock (_lock)
        {
            waiting = [.. _waiting.Where(IsUnwanted)];
            _waiting.RemoveAll(waiting.Contains);
        }

        Exception reason = isAborted ? new ServingStoppedException() : new OperationCanceledException();
        Fail(waiting, reason);
        Fail(_running.Where(IsUnwanted), reason);

        bool IsUnwanted(RunningText text) => isAborted || text.IsCancelled;
    }

    private void Fail(IEnumerable<RunningText> texts, Exception failure)
    {
        RunningText[] failed = [.. texts];
        if (failed.Length == 0)
            return;
        foreach (RunningText text in failed)
            text.Fail(_batch, failure);
        lock (_lock)
            _running.RemoveAll(failed.Contains);
    }

    // Moves waiting texts to the batch, in order, while they fit.
    private void Admit()
    {
        while (NextToRun() is { } text)
        {
            _batch ??= new GenerationBatch(_model, new SamplingOptions(), [])
            {
                PrefillTokens = _limits.PrefillTokens,
                Prefixes = _memory.Prefixes,
                Draft = _memory.Draft,
            };
            try
            {
                text.Begin(_batch);
            }
            catch (ModelException failure)
            {
                Fail([text], failure);
            }
        }
    }

    private RunningText? NextToRun()
    {
        lock (_lock)
        {
            if (_waiting.Count == 0)
                return null;
            RunningText next = _waiting[0];
            int tokens = _running.Append(next).Max(text => Cached(text.Request));
            bool fits = _running.Count == 0 || (_running.Count < _limits.MaxRunning && _memory.Budget.Fits(_running.Count + 1, tokens));
            if (!fits)
                return null;
            _waiting.RemoveAt(0);
            _running.Add(next);
            return next;
        }
    }

    private int Cached(TextRequest request) => request.CachedTokens(_model.ContextLength);

    private GenerationInput Checked(GenerationInput input)
    {
        if (input.Error(_model) is { } error)
            throw new ModelException($"{input.Subject} {error}");
        if (input.Length > _limits.MaxPromptTokens)
        {
            throw new ModelException(
                $"{input.Subject} has {input.Length} tokens, but the server allows {_limits.MaxPromptTokens}. Shorten it.");
        }

        KnownTokens.Check(input.Source ?? input.Prompt, _tokenizer, _model.VocabularySize);
        return input;
    }
}
