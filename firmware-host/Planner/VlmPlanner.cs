using System.Buffers;
using System.Runtime.InteropServices;
using Edge.Api;
using Edge.Cameras;
using Edge.Inference;
using Edge.Policy;

namespace Edge.Planner;

/// <summary>
/// A vision-language model in the Hugging Face ONNX layout that writes the next call: greedy, constrained by the API's grammar, so that nothing but a valid call can
/// come out, whatever the weights. Not thread-safe.
/// </summary>
/// <remarks>
/// The manifest's <c>planner</c> object: <c>dtype</c> (see <see cref="VlmFiles"/>); <c>maxTokens</c>, longest sequence in memory (default 1024 or what the model
/// knows); <c>answerPrefix</c>, text with which every answer begins (default none).
/// </remarks>
public sealed class VlmPlanner : IPlanner, IDisposable
{
    private const int DefaultMaxTokens = 1024;

    // Timing at start: a call of a large model takes seconds.
    private const int TimedWarmUps = 1, LeastTimedRuns = 3, MostTimedRuns = 50;
    private const double TimedSeconds = 0.5;

    /// <summary>Answers drawn where the likeliest makes no sense and names no thing.</summary>
    private const int Draws = 8;

    /// <summary>More of an instruction is not read: merging is quadratic in the length of a word.</summary>
    private const int MaxInstructionCharacters = 2048;

    private readonly Tokenizer _tokenizer;
    private readonly VlmConfig _config;
    private readonly ChatTemplate _template;
    private readonly ImagePreprocessor _preprocessor;
    private readonly VlmDecoder _decoder;
    private readonly MarkNames _names;
    private readonly CallWriter _writer;
    private readonly CallWriter.Reader _read;
    private readonly string _answerPrefix;
    private readonly Dictionary<MemorySlots, TokenMasks> _masks = [];
    private readonly ArrayBufferWriter<char> _text = new();
    private readonly List<int> _prompt = [];
    private readonly PastCalls _past = new();
    private readonly float[] _pixels, _told;
    private int _pictures = 2; // in the prompt that is built
    private PlannerReply? _lastReply;
    private string? _lastAnswer;
    private MemorySlots _lastSlots;

    private VlmPlanner(ModelPackage package, ModelRuntime runtime)
    {
        Package = package;
        _config = VlmConfig.Load(package);
        _tokenizer = Tokenizer.Load(package.PathOf("tokenizer.json"));
        _template = new ChatTemplate(_tokenizer, _config.ImageTokens);
        if (_template.ImageToken != _config.ImageToken)
            throw new ModelException($"config.json: image_token_id: found {_config.ImageToken}, allowed {_template.ImageToken} as in tokenizer.json");
        _preprocessor = ImagePreprocessor.Load(package.PathOf("preprocessor_config.json"));
        _pixels = new float[3 * _preprocessor.SizePx * _preprocessor.SizePx];
        _told = new float[_pixels.Length];
        var planner = package.Details;
        _answerPrefix = planner.TryGet("answerPrefix", out var prefix) ? prefix.AsString(8, allowEmpty: true) : "";
        if (!_answerPrefix.All(char.IsAscii))
            throw prefix.Wrong("ASCII text");
        var maxTokens = planner.TryGet("maxTokens", out var max) ? max.AsInt(16, _config.MaxPositions) : Math.Min(DefaultMaxTokens, _config.MaxPositions);
        _names = MarkNames.FromManifest(planner);
        _decoder = new VlmDecoder(package, _config, VlmFiles.FromManifest(planner), _preprocessor.SizePx, maxTokens, runtime);
        _writer = new CallWriter(_tokenizer);
        _read = _decoder.Read;
        Promptless = PromptLength("", []);
        var longest = MasksFor(new MemorySlots(MemorySlots.Highest, MemorySlots.Highest)).MaxTokens;
        if (Promptless + longest > maxTokens)
            throw new ModelException($"{package.Root.Path} planner.maxTokens: found {maxTokens}, allowed at least {Promptless + longest}");
    }

    /// <summary>The package.</summary>
    public ModelPackage Package { get; }

    /// <summary>Where the decoder computes.</summary>
    public ExecutionProvider Provider => _decoder.Provider;

    /// <summary>One line about better providers that could not be used; empty when there are none.</summary>
    public string Missing => _decoder.Missing;

    /// <summary>Tokens of a prompt with two pictures and neither instruction nor memory.</summary>
    private int Promptless { get; }

    /// <summary>Cosine between what the graphs said here on the package's golden input and what is stored.</summary>
    public double GoldenCosine { get; private set; }

    /// <summary>Graphs of a package, by the precision that its manifest asks for.</summary>
    public static IReadOnlyList<string> GraphsOf(ModelPackage package)
    {
        ArgumentNullException.ThrowIfNull(package);
        var files = VlmFiles.FromManifest(package.Details);
        return [files.VisionEncoder, files.EmbedTokens, files.Decoder];
    }

    /// <summary>Loads a package, runs it once, so that the first request is as fast as the next, and compares its answer to the golden input. On an ordinary thread.</summary>
    /// <param name="folder">The package.</param>
    /// <param name="runtime">How this machine runs models; null: as the package asks.</param>
    /// <exception cref="ModelException">The package cannot be used.</exception>
    public static VlmPlanner Load(string folder, ModelRuntime? runtime = null)
    {
        var package = ModelPackage.Open(folder, "planner");
        var planner = new VlmPlanner(package, runtime ?? ModelRuntime.Default);
        planner.Ask();
        planner.GoldenCosine = planner.CheckGolden(package);
        return planner;
    }

    /// <summary>Works out what may be written with each number of remembered calls up to this one, so that no request has to: it takes memory that must be collected.</summary>
    public void Prepare(int memoryCapacity)
    {
        for (var calls = 0; calls <= memoryCapacity; calls++)
            MasksFor(calls == 0 ? MemorySlots.None : new MemorySlots(1, calls));
    }

    /// <summary>Times whole calls on a blank picture. Takes some seconds.</summary>
    public RunTiming Time() => RunTiming.Measure(Ask, TimedWarmUps, LeastTimedRuns, MostTimedRuns, TimedSeconds);

    /// <inheritdoc/>
    public PlannerReply Next(PlannerRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        _pictures = request.Picture is null ? 1 : 2;
        Look(request.Frame, request.Picture);
        var memory = request.Memory;
        var denies = SenseOf(memory).DeniesLastOutcome();
        if (denies)
            memory = [.. memory.SkipLast(1), memory[^1] with { Outcome = SubtaskOutcome.Failed }];
        memory = BuildPrompt(request.Instruction, memory);
        var slots = memory.Count == 0 ? MemorySlots.None : new MemorySlots(memory[0].Slot, memory[^1].Slot);
        var answer = _writer.Write(_prompt, MasksFor(slots), _read);
        // The same answer again allocates nothing.
        if (_lastReply is not { } reply || reply.PromptTokens != _prompt.Count || !ReferenceEquals(answer, _lastAnswer) || slots != _lastSlots)
            (_lastReply, _lastAnswer, _lastSlots) = (reply = Parse(answer, slots), answer, slots);
        var sense = SenseOf(memory);
        if (!sense.Allows(reply.Invocation))
            reply = OtherWay(reply, slots, sense) ?? reply;
        return denies ? reply with { DeniesLastOutcome = true } : reply;
    }

    private void Look(CameraFrame frame, CameraFrame? second)
    {
        _preprocessor.Write(frame, _pixels);
        if (second is not null)
            _preprocessor.Write(second, _told);
        _decoder.Look(_pixels, second is null ? [] : _told);
    }

    private PlannerReply Parse(string answer, MemorySlots slots)
    {
        var text = answer[_answerPrefix.Length..];
        return CallParser.TryParse(text, slots, out var invocation, out var error)
            ? new PlannerReply(text, invocation, _prompt.Count, _writer.Tokens)
            : throw new InvalidOperationException($"The grammar let \"{text}\" pass, the parser does not: {error}.");
    }

    /// <summary>
    /// The answer of the likeliest digits, one after the other, makes no sense: the likeliest, as a whole, of those that do. These are the same call at what the vision encoder
    /// marked, and some drawn answers, always the same for the same memory. Null: none makes sense.
    /// </summary>
    private PlannerReply? OtherWay(PlannerReply said, MemorySlots slots, CallSense sense)
    {
        PlannerReply? best = null;
        var likeliest = double.NegativeInfinity;
        foreach (var call in new OtherCalls(new MarkSet(_decoder.Marks), new MarkSet(_decoder.ToldMarks), _names).Than(said.Invocation))
        {
            if (!sense.Allows(call))
                continue;
            var text = CallFormatter.Format(call);
            var tokens = new List<int>();
            _tokenizer.Encode(_answerPrefix + text, tokens, findAdded: false);
            _decoder.Restart();
            var score = _writer.Score(_prompt, MasksFor(slots), _read, tokens);
            if (score > likeliest)
                (best, likeliest) = (new PlannerReply(text, call, _prompt.Count, tokens.Count), score);
        }

        // What names things alone means those that are marked.
        if (best is not null && said.Invocation.Call.NamesThingsAlone)
            return best;
        var random = new Random(slots.Count);
        for (var draw = 0; draw < Draws; draw++)
        {
            _decoder.Restart();
            var reply = Parse(_writer.Write(_prompt, MasksFor(slots), _read, random), slots);
            if (_writer.LogProbability > likeliest && sense.Allows(reply.Invocation))
                (best, likeliest) = (reply, _writer.LogProbability);
        }

        return best;
    }

    private CallSense SenseOf(IReadOnlyList<MemoryEntry> memory) => new(new MarkSet(_decoder.Marks), new MarkSet(_decoder.ToldMarks), _names, _past.Read(memory));

    /// <summary>
    /// Writes freely, without the grammar: for comparison with other runtimes, and for questions to the model other than the next call.
    /// Stops at a stop token, which is part of the answer, or after <paramref name="maxTokens"/>.
    /// </summary>
    /// <param name="text">The user's text after the picture.</param>
    /// <param name="frame">The picture.</param>
    /// <param name="maxTokens">Most tokens to write.</param>
    /// <param name="second">A second picture; null: there is none.</param>
    public IReadOnlyList<int> WriteFreely(string text, CameraFrame frame, int maxTokens, CameraFrame? second = null)
    {
        _prompt.Clear();
        _template.Render(second is null ? 1 : 2, text, _prompt);
        Look(frame, second);
        var answer = new List<int>();
        ReadOnlySpan<int> unread = CollectionsMarshal.AsSpan(_prompt);
        while (answer.Count < maxTokens && _decoder.Length + unread.Length <= _decoder.MaxTokens)
        {
            var logits = _decoder.Read(unread);
            var best = 0;
            for (var id = 1; id < logits.Length; id++)
            {
                if (logits[id] > logits[best])
                    best = id;
            }

            answer.Add(best);
            if (_config.StopTokens.Contains(best))
                break;
            unread = CollectionsMarshal.AsSpan(answer)[^1..];
        }

        return answer;
    }

    /// <summary>The text of ids that <see cref="WriteFreely"/> gave.</summary>
    public string Decode(IEnumerable<int> ids) => _tokenizer.Decode(ids);

    /// <inheritdoc/>
    public void Dispose() => _decoder.Dispose();

    private void Ask() => Next(new PlannerRequest("", new CameraFrame(_preprocessor.SizePx, _preprocessor.SizePx), []));

    private double CheckGolden(ModelPackage package)
    {
        var golden = VlmGolden.Load(package, _config, _preprocessor.SizePx, _decoder.MaxTokens);
        var check = new GoldenCheck(package.PathOf(VlmGolden.FileName));
        _preprocessor.Write(golden.Picture, _pixels);
        _decoder.Look(_pixels);
        int[] tokens = [.. golden.Tokens];
        var prompt = tokens.Length - golden.Rows + 1;
        for (var row = 0; row < golden.Rows; row++)
        {
            var logits = _decoder.Read(row == 0 ? tokens.AsSpan(0, prompt) : tokens.AsSpan(prompt + row - 1, 1));
            check.Compare($"logits after token {prompt + row}", logits, golden.Row(row));
        }

        return check.Cosine;
    }

    /// <summary>
    /// Fills the prompt so that it and the longest answer fit: where it is too long, the oldest memory goes first, then the end of the instruction. Returns the memory
    /// that the model sees, which alone it may name.
    /// </summary>
    private IReadOnlyList<MemoryEntry> BuildPrompt(string instruction, IReadOnlyList<MemoryEntry> memory)
    {
        instruction = instruction[..Math.Min(instruction.Length, MaxInstructionCharacters)];
        var room = _decoder.MaxTokens - MasksFor(new MemorySlots(MemorySlots.Highest, MemorySlots.Highest)).MaxTokens;
        while (PromptLength(instruction, memory) > room)
        {
            if (memory.Count > 0)
                memory = [.. memory.Skip(1)];
            else
                instruction = instruction[..Math.Min(instruction.Length / 2, room)];
        }

        return memory;
    }

    private int PromptLength(string instruction, IReadOnlyList<MemoryEntry> memory)
    {
        _prompt.Clear();
        _text.ResetWrittenCount();
        PlannerPrompt.Write(instruction, memory, _text);
        _template.Render(_pictures, _text.WrittenSpan, _prompt);
        return _prompt.Count;
    }

    private TokenMasks MasksFor(MemorySlots slots)
    {
        if (!_masks.TryGetValue(slots, out var masks))
        {
            masks = new TokenMasks(CallGrammar.For(slots, _answerPrefix), _tokenizer, _config.StopTokens);
            _masks.Add(slots, masks);
        }

        return masks;
    }
}
