using Edge.Inference;
using Edge.Policy;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace Edge.Hil.Flat;

/// <summary>The flat policy sees the whole picture, the robot's state and the words of the task.</summary>
internal sealed class SceneInputs : IPolicyInputs
{
    private const int ImageValues = SceneEncoder.ImageChannels * SceneEncoder.ImageSizePx * SceneEncoder.ImageSizePx;

    /// <summary>Before the first word of a sentence there is nothing; a word that training did not know.</summary>
    private const int Nothing = 0, Unknown = 1, FirstWord = 2;
    private const int MostWords = 4096;

    private readonly SceneEncoder _encoder = new();
    private readonly Dictionary<string, int> _numbers = new(StringComparer.Ordinal);
    private readonly int _imageSteps;
    private readonly NativeTensor _images, _state, _words;

    /// <summary>Takes the manifest's "policy" object, which lists the words.</summary>
    /// <exception cref="ModelException">The words are missing or wrong.</exception>
    public SceneInputs(PolicyManifest manifest, JsonField field)
    {
        field["sentenceWords"].AsInt(SceneEncoder.MaxWords, SceneEncoder.MaxWords);
        foreach (var word in field["words"].Items(MostWords))
        {
            if (!_numbers.TryAdd(word.AsString(), FirstWord + _numbers.Count))
                throw word.Wrong("each word once");
        }

        _imageSteps = manifest.ImageSteps;
        _images = NativeTensor.Allocate(TensorElementType.Float, [1, _imageSteps, SceneEncoder.ImageChannels, SceneEncoder.ImageSizePx, SceneEncoder.ImageSizePx]);
        _state = NativeTensor.Allocate(TensorElementType.Float, [1, manifest.ObservationSteps * SceneEncoder.StateFeatures]);
        _words = NativeTensor.Allocate(TensorElementType.Float, [1, SceneEncoder.MaxWords]);
        Tensors = [new("images", _images), new("state", _state), new("words", _words)];
    }

    /// <inheritdoc/>
    public IReadOnlyList<KeyValuePair<string, NativeTensor>> Tensors { get; }

    /// <inheritdoc/>
    public void Begin(Subtask subtask)
    {
        if (subtask.Function != Subtask.WholeTask)
            throw new ArgumentException($"The policy package was trained for sentences, not for {subtask.Text}.", nameof(subtask));
        var sentence = SceneEncoder.Words(subtask.Text);
        // The network reads from left to right: the last word stands at the end.
        var places = _words.AsSpan<float>();
        places.Fill(Nothing);
        for (var i = 0; i < sentence.Length; i++)
            places[places.Length - sentence.Length + i] = _numbers.GetValueOrDefault(sentence[i], Unknown);
    }

    /// <inheritdoc/>
    public void Fill(ReadOnlySpan<Observation> history)
    {
        SceneEncoder.EncodeState(history, _state.AsSpan<float>());
        for (var i = 0; i < _imageSteps; i++)
            _encoder.EncodeImage(history[^(_imageSteps - i)].Frame, _images.AsSpan<float>().Slice(i * ImageValues, ImageValues));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _images.Dispose();
        _state.Dispose();
        _words.Dispose();
    }
}
