using Edge.Inference;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace Edge.Planner;

/// <summary>
/// The three graphs of a vision-language model (vision_encoder, embed_tokens, decoder_model_merged) as one machine that reads tokens and tells which come next.
/// All tensors, the key/value cache included, lie in native memory allocated once; the decoder writes the grown cache from one half of it into the other, so a step
/// copies nothing by itself. Bindings are kept per sequence length, so a length seen before allocates nothing. Not thread-safe.
/// </summary>
public sealed class VlmDecoder : IDisposable
{
    private const string PastPrefix = "past_key_values.";
    private const string PresentPrefix = "present.";
    private const int Sides = 2;

    /// <summary>Bindings kept: more than the lengths that prompts have, so that in the end none is made any more.</summary>
    private const int MaxPlans = 4096;

    private readonly VlmConfig _config;
    private readonly OnnxSession _vision;
    private readonly OnnxSession _embed;
    private readonly OnnxSession _decoder;
    private readonly List<NativeTensor> _owned = [];
    private readonly BoundRun _visionRun;
    private readonly NativeTensor _pixels;
    private readonly NativeTensor _features;
    private readonly NativeTensor? _marks;
    private readonly byte[] _toldFeatures;
    private readonly float[] _toldMarks;
    private readonly NativeTensor _ids;
    private readonly NativeTensor _embeddings;
    private readonly NativeTensor _logits;
    private readonly List<KeyValuePair<string, NativeTensor>> _constant = []; // decoder inputs that never change
    private readonly NativeTensor? _mask;
    private readonly NativeTensor? _positions;
    private readonly List<(string Past, string Present, NativeTensor[] Sides)> _cache = [];
    private readonly Dictionary<(int Past, int Length, int Side), Plan> _plans = [];
    private readonly Dictionary<int, BoundRun> _embeds = [];
    private readonly Dictionary<(NativeTensor Whole, int Length), NativeTensor> _views = [];
    private readonly List<KeyValuePair<string, NativeTensor>> _bound = [];
    private readonly float[] _lastLogits;
    private readonly int _hidden;
    private readonly bool _lastRowOnly;
    private int _side;
    private bool _hasImage, _hasTold;

    /// <summary>Loads the graphs of a package and allocates everything for sequences of up to <paramref name="maxTokens"/>.</summary>
    /// <exception cref="ModelException">A graph is missing, or does not fit the configuration.</exception>
    public VlmDecoder(ModelPackage package, VlmConfig config, VlmFiles files, int imageSizePx, int maxTokens, ModelRuntime runtime)
    {
        ArgumentNullException.ThrowIfNull(package);
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(files);
        _config = config;
        MaxTokens = maxTokens;
        var providers = package.ProviderUnder(runtime);
        _vision = OnnxSession.Load(package.Graph(files.VisionEncoder), providers, runtime);
        _embed = OnnxSession.Load(package.Graph(files.EmbedTokens), providers, runtime, fixedShapes: false);
        _decoder = OnnxSession.Load(package.Graph(files.Decoder), providers, runtime, fixedShapes: false);

        var embeds = Output(_embed, "inputs_embeds");
        _hidden = Fixed(_embed, "inputs_embeds", embeds, 2, 3);
        _ids = Own(NativeTensor.Allocate(TensorElementType.Int64, 1, maxTokens));
        _embeddings = Own(NativeTensor.Allocate(embeds.Type, 1, maxTokens, _hidden));

        var pixels = Input(_vision, "pixel_values");
        var tiled = pixels.Dimensions.Count == 5; // [batch, tiles, 3, h, w]; LLaVA's kin leave the tiles out
        _pixels = Own(NativeTensor.Allocate(pixels.Type, tiled ? [1, 1, 3, imageSizePx, imageSizePx] : [1, 3, imageSizePx, imageSizePx]));
        var features = Output(_vision, "image_features");
        _features = Own(NativeTensor.Allocate(features.Type, features.Dimensions.Count == 3 ? [1, config.ImageTokens, _hidden] : [config.ImageTokens, _hidden]));
        if (features.Type != embeds.Type)
            throw new ModelException($"{_vision.Path}: image_features: found {features.Type}, allowed {embeds.Type} as in inputs_embeds");
        var visionTensors = new List<KeyValuePair<string, NativeTensor>> { new("pixel_values", _pixels), new("image_features", _features) };
        if (_vision.Outputs.TryGetValue("marks", out var marks))
        {
            _marks = Own(NativeTensor.Allocate(marks.Type, 1, Fixed(_vision, "marks", marks, 1, 3), Fixed(_vision, "marks", marks, 2, 3) is Mark.ValueCount ? Mark.ValueCount : throw new ModelException($"{_vision.Path}: marks: found {marks}, allowed {Mark.ValueCount} values each")));
            visionTensors.Add(new("marks", _marks));
        }

        if (_vision.Inputs.TryGetValue("pixel_attention_mask", out _))
        {
            var mask = Own(NativeTensor.Allocate(TensorElementType.Bool, 1, 1, imageSizePx, imageSizePx));
            mask.AsBytes().Fill(1);
            visionTensors.Add(new("pixel_attention_mask", mask));
        }

        _visionRun = _vision.Bind(visionTensors);
        _toldFeatures = new byte[_features.AsBytes().Length];
        _toldMarks = new float[Marks.Length];

        if (_decoder.Inputs.ContainsKey("attention_mask"))
        {
            _mask = Own(NativeTensor.Allocate(TensorElementType.Int64, 1, maxTokens));
            _mask.AsSpan<long>().Fill(1);
        }

        if (_decoder.Inputs.ContainsKey("position_ids"))
            _positions = Own(NativeTensor.Allocate(TensorElementType.Int64, 1, maxTokens));
        if (_decoder.Inputs.TryGetValue("num_logits_to_keep", out var keep))
        {
            _lastRowOnly = true;
            var one = Own(NativeTensor.Allocate(TensorElementType.Int64, keep.Resolve(null)));
            one.AsSpan<long>().Fill(1);
            _constant.Add(new("num_logits_to_keep", one));
        }

        var logits = Output(_decoder, "logits");
        _logits = Own(NativeTensor.Allocate(logits.Type, 1, _lastRowOnly ? 1 : maxTokens, config.VocabularySize));
        _lastLogits = new float[config.VocabularySize];
        foreach (var (name, info) in _decoder.Inputs)
        {
            if (!name.StartsWith(PastPrefix, StringComparison.Ordinal))
                continue;
            var present = PresentPrefix + name[PastPrefix.Length..];
            Output(_decoder, present);
            int heads = Fixed(_decoder, name, info, 1, 4), headSize = Fixed(_decoder, name, info, 3, 4);
            _cache.Add((name, present, [.. Enumerable.Range(0, Sides).Select(_ => Own(NativeTensor.AllocateState(info.Type, 1, heads, maxTokens, headSize)))]));
        }

        if (_cache.Count == 0)
            throw new ModelException($"{_decoder.Path}: found no input {PastPrefix}0.key, allowed a decoder with a key/value cache");
        Missing = string.Join("; ", new[] { _vision, _embed, _decoder }.Select(s => s.Missing).Where(m => m.Length > 0).Distinct());
    }

    /// <summary>
    /// What the vision encoder marked in the picture, <see cref="Mark.ValueCount"/> numbers each: the package's optional output <c>marks</c> [n, marks, 7]; empty without it.
    /// </summary>
    public ReadOnlySpan<float> Marks => _marks is null ? [] : _marks.AsSpan<float>();

    /// <summary>The same for the picture that goes with the sentence; empty when there is none.</summary>
    public ReadOnlySpan<float> ToldMarks => _hasTold ? _toldMarks : [];

    /// <summary>Longest sequence, prompt and answer together.</summary>
    public int MaxTokens { get; }

    /// <summary>Tokens read since <see cref="Restart"/>.</summary>
    public int Length { get; private set; }

    /// <summary>Where the decoder computes.</summary>
    public ExecutionProvider Provider => _decoder.Provider;

    /// <summary>One line about better providers that could not be used; empty when there are none.</summary>
    public string Missing { get; }

    /// <summary>Forgets everything read and looks at a new picture, and at the one that goes with the sentence where there is one.</summary>
    /// <param name="pixels">As <see cref="ImagePreprocessor"/> writes them.</param>
    /// <param name="told">Likewise; empty: there is none.</param>
    public void Look(ReadOnlySpan<float> pixels, ReadOnlySpan<float> told = default)
    {
        _hasTold = !told.IsEmpty;
        if (_hasTold)
        {
            Encode(told);
            _features.AsBytes().CopyTo(_toldFeatures);
            Marks.CopyTo(_toldMarks);
        }

        Encode(pixels);
        _hasImage = true;
        Restart();
    }

    /// <summary>Forgets everything read; the pictures stay.</summary>
    public void Restart() => Length = 0;

    private void Encode(ReadOnlySpan<float> pixels)
    {
        if (_pixels.Type == TensorElementType.Float16)
        {
            var halves = _pixels.AsSpan<Half>();
            for (var i = 0; i < halves.Length; i++)
                halves[i] = (Half)pixels[i];
        }
        else
        {
            pixels.CopyTo(_pixels.AsSpan<float>());
        }

        _visionRun.Run();
    }

    /// <summary>
    /// Reads some more tokens; returns the logits of what follows the last of them, one per id, valid until the next call. Image tokens may only stand in the first
    /// call after <see cref="Look"/> or <see cref="Restart"/> and must be as many as the pictures have features, the robot's own picture first; a lone one later on is one that
    /// the model itself wrote, and is read as text, as transformers does.
    /// </summary>
    public ReadOnlySpan<float> Read(ReadOnlySpan<int> tokens)
    {
        ArgumentOutOfRangeException.ThrowIfZero(tokens.Length, nameof(tokens));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Length + tokens.Length, MaxTokens, nameof(tokens));
        var plan = PlanFor(Length, tokens.Length);
        var ids = _ids.AsSpan<long>();
        for (var i = 0; i < tokens.Length; i++)
            ids[i] = tokens[i];
        plan.Embed.Run();
        PlaceImage(tokens);
        if (_positions is not null)
        {
            var positions = _positions.AsSpan<long>();
            for (var i = 0; i < tokens.Length; i++)
                positions[i] = Length + i;
        }

        plan.Decode.Run();
        _side ^= 1;
        Length += tokens.Length;
        CopyLogits(_lastRowOnly ? 0 : tokens.Length - 1);
        return _lastLogits;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        ClearPlans();
        _visionRun.Dispose();
        foreach (var tensor in _owned)
            tensor.Dispose();
        _vision.Dispose();
        _embed.Dispose();
        _decoder.Dispose();
    }

    private static TensorInfo Input(OnnxSession session, string name) =>
        session.Inputs.TryGetValue(name, out var info) ? info : throw new ModelException($"{session.Path}: input {name} is missing");

    private static TensorInfo Output(OnnxSession session, string name) =>
        session.Outputs.TryGetValue(name, out var info) ? info : throw new ModelException($"{session.Path}: output {name} is missing");

    private static int Fixed(OnnxSession session, string name, TensorInfo info, int dimension, int rank) =>
        info.Dimensions.Count == rank && info.Dimensions[dimension] > 0
            ? info.Dimensions[dimension]
            : throw new ModelException($"{session.Path}: {name}: found {info}, allowed {rank} dimensions, number {dimension} of them fixed");

    private NativeTensor Own(NativeTensor tensor)
    {
        _owned.Add(tensor);
        return tensor;
    }

    /// <summary>Copies the k-th row of the pictures' features over the k-th image token's embedding.</summary>
    private void PlaceImage(ReadOnlySpan<int> tokens)
    {
        if (Length > 0 && tokens.Length == 1)
            return;
        var rowBytes = _hidden * NativeTensor.SizeOf(_embeddings.Type);
        var embeddings = _embeddings.AsBytes();
        var rows = !_hasImage || Length > 0 ? 0 : _config.ImageTokens * (_hasTold ? 2 : 1);
        var row = 0;
        for (var i = 0; i < tokens.Length; i++)
        {
            if (tokens[i] != _config.ImageToken)
                continue;
            if (row < rows)
            {
                var features = row < _config.ImageTokens ? _features.AsBytes() : _toldFeatures;
                features.Slice(row % _config.ImageTokens * rowBytes, rowBytes).CopyTo(embeddings.Slice(i * rowBytes, rowBytes));
            }

            row++;
        }

        if (row != 0 && row != rows)
            throw new ArgumentException($"Found {row} image tokens, allowed {_config.ImageTokens} a picture at the beginning, here {rows}.", nameof(tokens));
    }

    private void CopyLogits(int row)
    {
        var width = _config.VocabularySize;
        if (_logits.Type == TensorElementType.Float16)
        {
            var halves = _logits.AsSpan<Half>().Slice(row * width, width);
            for (var i = 0; i < width; i++)
                _lastLogits[i] = (float)halves[i];
        }
        else
        {
            _logits.AsSpan<float>().Slice(row * width, width).CopyTo(_lastLogits);
        }
    }

    private Plan PlanFor(int past, int length)
    {
        // An empty cache is the same on both sides.
        if (past == 0)
            _side = 0;
        if (_plans.TryGetValue((past, length, _side), out var plan))
            return plan;
        if (_plans.Count == MaxPlans)
            ClearPlans();
        plan = new Plan(EmbedFor(length), BindDecoder(past, length));
        _plans.Add((past, length, _side), plan);
        return plan;
    }

    private BoundRun EmbedFor(int length)
    {
        if (!_embeds.TryGetValue(length, out var embed))
            _embeds.Add(length, embed = _embed.Bind([new("input_ids", Shortened(_ids, 1, length)), new("inputs_embeds", Shortened(_embeddings, 1, length))]));
        return embed;
    }

    private BoundRun BindDecoder(int past, int length)
    {
        _bound.Clear();
        _bound.AddRange(_constant);
        _bound.Add(new("inputs_embeds", Shortened(_embeddings, 1, length)));
        _bound.Add(new("logits", Shortened(_logits, 1, _lastRowOnly ? 1 : length)));
        if (_mask is not null)
            _bound.Add(new("attention_mask", Shortened(_mask, 1, past + length)));
        if (_positions is not null)
            _bound.Add(new("position_ids", Shortened(_positions, 1, length)));
        foreach (var (pastName, presentName, sides) in _cache)
        {
            _bound.Add(new(pastName, Shortened(sides[_side], 2, past)));
            _bound.Add(new(presentName, Shortened(sides[_side ^ 1], 2, past + length)));
        }

        return _decoder.Bind(_bound);
    }

    /// <summary>The beginning of a tensor, so long in one dimension. Kept: bindings share them.</summary>
    private NativeTensor Shortened(NativeTensor tensor, int dimension, int length)
    {
        if (!_views.TryGetValue((tensor, length), out var view))
        {
            long[] shape = [.. tensor.Shape];
            shape[dimension] = length;
            _views.Add((tensor, length), view = tensor.View(shape));
        }

        return view;
    }

    private void ClearPlans()
    {
        foreach (var plan in _plans.Values)
            plan.Decode.Dispose();
        foreach (var embed in _embeds.Values)
            embed.Dispose();
        foreach (var view in _views.Values)
            view.Dispose();
        _plans.Clear();
        _embeds.Clear();
        _views.Clear();
    }

    private readonly record struct Plan(BoundRun Embed, BoundRun Decode);
}
