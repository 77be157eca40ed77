namespace Edge.Hil.Monitor;

/// <summary>The newest samples of one signal, one a control period.</summary>
internal sealed class SampleRing
{
    /// <summary>Samples that are kept: the longest window of any check.</summary>
    public const int Capacity = 1024;

    private readonly double[] _samples = new double[Capacity];
    private long _count;

    /// <summary>Samples in a row since the last <see cref="Clear"/>, as far as they are kept.</summary>
    public int Count => (int)Math.Min(_count, Capacity);

    /// <summary>The sample this many periods before the newest.</summary>
    public double this[int back] => _samples[(_count - 1 - back) & (Capacity - 1)];

    public void Add(double sample) => _samples[_count++ & (Capacity - 1)] = sample;

    public void Clear() => _count = 0;
}
