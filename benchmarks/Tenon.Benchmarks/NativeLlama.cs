using System.Globalization;
using System.Runtime.InteropServices;

namespace Tenon.Benchmarks;

/// <summary>A model in a GGUF file, run by the native libraries of llama.cpp on the CPU. Not thread-safe.</summary>
/// <remarks>
/// Declares only the first fields of llama.h's structures, which have kept their places. The structures here are larger than those
/// of llama.cpp, which are passed by value, so that every field arrives where llama.cpp reads it.
/// </remarks>
internal sealed class NativeLlama : IDisposable
{
    private readonly DecodeTokens _decode;
    private readonly GetLogits _logits;
    private readonly GetLogitsOf _logitsOf;
    private readonly GetMemory _memory;
    private readonly ClearMemory _clear;
    private readonly Free _freeContext, _freeModel;
    private readonly nint _model, _context;
    private readonly float[] _scores;

    /// <summary>Loads the libraries and a model.</summary>
    /// <param name="folder">Contains <c>libllama.so</c>, <c>libggml.so</c> and ggml's back ends for CPUs.</param>
    /// <param name="file">The model.</param>
    /// <param name="positions">Maximum number of tokens of a sequence.</param>
    /// <param name="batch">Maximum number of tokens at once.</param>
    /// <param name="threads">Number of threads.</param>
    /// <param name="vocabulary">Number of token ids.</param>
    /// <param name="sequences">Number of sequences.</param>
    /// <exception cref="InvalidOperationException">A library is missing, or the model cannot be opened.</exception>
    public NativeLlama(string folder, string file, int positions, int batch, int threads, int vocabulary, int sequences = 1)
    {
        Get<LoadBackends>(Load(folder, "libggml.*so*"), "ggml_backend_load_all_from_path")(folder);
        nint llama = Load(folder, "libllama.*so*");
        Get<SetLog>(llama, "llama_log_set")(_silent, 0);
        (_decode, _logits) = (Get<DecodeTokens>(llama, "llama_decode"), Get<GetLogits>(llama, "llama_get_logits"));
        _logitsOf = Get<GetLogitsOf>(llama, "llama_get_logits_ith");
        (_memory, _clear) = (Get<GetMemory>(llama, "llama_get_memory"), Get<ClearMemory>(llama, "llama_memory_clear"));
        (_freeContext, _freeModel) = (Get<Free>(llama, "llama_free"), Get<Free>(llama, "llama_model_free"));
        _model = Get<LoadModel>(llama, "llama_model_load_from_file")(
            file, Get<DefaultModel>(llama, "llama_model_default_params")());
        if (_model == 0)
            throw new InvalidOperationException($"llama.cpp cannot open '{file}'.");
        ContextParameters parameters = Get<DefaultContext>(llama, "llama_context_default_params")();
        (parameters.Positions, parameters.Batch, parameters.PhysicalBatch) = ((uint)(positions * sequences), (uint)batch, (uint)batch);
        parameters.Sequences = (uint)sequences;
        _context = Get<NewContext>(llama, "llama_init_from_model")(_model, parameters);
        if (_context == 0)
            throw new InvalidOperationException($"llama.cpp cannot create a context for '{file}'.");
        Get<SetThreads>(llama, "llama_set_n_threads")(_context, threads, threads);
        _scores = new float[vocabulary];
    }

    // Kept, because native code calls it.
    private static readonly Log _silent = (_, _, _) => { };

    private delegate void Log(int level, nint text, nint data);

    private delegate void SetLog(Log log, nint data);

    private delegate void LoadBackends([MarshalAs(UnmanagedType.LPUTF8Str)] string folder);

    private delegate ModelParameters DefaultModel();

    private delegate nint LoadModel([MarshalAs(UnmanagedType.LPUTF8Str)] string file, ModelParameters parameters);

    private delegate ContextParameters DefaultContext();

    private delegate nint NewContext(nint model, ContextParameters parameters);

    private delegate void SetThreads(nint context, int generation, int prompt);

    private delegate int DecodeTokens(nint context, TokenBatch batch);

    private delegate nint GetLogits(nint context);

    private delegate nint GetLogitsOf(nint context, int token);

    private delegate nint GetMemory(nint context);

    private delegate void ClearMemory(nint memory, [MarshalAs(UnmanagedType.U1)] bool data);

    private delegate void Free(nint handle);

    /// <summary>Processes tokens after the ones before, and returns the most probable next one.</summary>
    /// <param name="tokens">At least one.</param>
    public int Next(int[] tokens)
    {
        var pinned = GCHandle.Alloc(tokens, GCHandleType.Pinned);
        try
        {
            Decode(new TokenBatch { Count = tokens.Length, Tokens = pinned.AddrOfPinnedObject() });
        }
        finally
        {
            pinned.Free();
        }

        return Best(_logits(_context));
    }

    /// <summary>Processes a token of each sequence, and returns the most probable next ones.</summary>
    /// <param name="tokens">A token for each sequence.</param>
    /// <param name="position">Their position.</param>
    public int[] NextOfEach(int[] tokens, int position)
    {
        int count = tokens.Length;
        var sequences = new nint[count]; // addresses of the numbers of sequences
        object[] arrays =
        [
            tokens, Enumerable.Repeat(position, count).ToArray(), Enumerable.Repeat(1, count).ToArray(),
            Enumerable.Range(0, count).ToArray(), sequences, Enumerable.Repeat((sbyte)1, count).ToArray(),
        ];
        GCHandle[] pinned = [.. arrays.Select(array => GCHandle.Alloc(array, GCHandleType.Pinned))];
        try
        {
            nint At(int array) => pinned[array].AddrOfPinnedObject();
            for (int i = 0; i < count; i++)
                sequences[i] = At(3) + i * sizeof(int);
            Decode(new TokenBatch
            {
                Count = count,
                Tokens = At(0),
                Positions = At(1),
                SequenceCounts = At(2),
                Sequences = At(4),
                Outputs = At(5),
            });
        }
        finally
        {
            foreach (GCHandle handle in pinned)
                handle.Free();
        }

        return [.. Enumerable.Range(0, count).Select(i => Best(_logitsOf(_context, i)))];
    }

    private void Decode(TokenBatch batch)
    {
        int failure = _decode(_context, batch);
        if (failure != 0)
            throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"llama_decode returned {failure}."));
    }

    private int Best(nint logits)
    {
        Marshal.Copy(logits, _scores, 0, _scores.Length);
        int best = 0;
        for (int id = 1; id < _scores.Length; id++)
        {
            if (_scores[id] > _scores[best])
                best = id;
        }

        return best;
    }

    /// <summary>Starts all sequences again.</summary>
    public void Clear() => _clear(_memory(_context), true);

    /// <inheritdoc/>
    public void Dispose()
    {
        _freeContext(_context);
        _freeModel(_model);
    }

    private static nint Load(string folder, string pattern) => Directory.GetFiles(folder, pattern) is [var library, ..]
        ? NativeLibrary.Load(library)
        : throw new InvalidOperationException($"'{folder}' contains no {pattern}. Give the folder of llama.cpp's native libraries.");

    private static TDelegate Get<TDelegate>(nint library, string name) where TDelegate : Delegate =>
        Marshal.GetDelegateForFunctionPointer<TDelegate>(NativeLibrary.GetExport(library, name));

    [StructLayout(LayoutKind.Sequential, Size = 512)]
    private struct ModelParameters
    {
        public nint Devices;
    }

    [StructLayout(LayoutKind.Sequential, Size = 512)]
    private struct ContextParameters
    {
        public uint Positions;
        public uint Batch;
        public uint PhysicalBatch;
        public uint Sequences;
    }

    // The pointers that are null stand for: consecutive positions, sequence 0, and logits of the last token.
    [StructLayout(LayoutKind.Sequential)]
    private struct TokenBatch
    {
        public int Count;
        public nint Tokens;
        public nint Embeddings;
        public nint Positions;
        public nint SequenceCounts;
        public nint Sequences;
        public nint Outputs;
    }
}
