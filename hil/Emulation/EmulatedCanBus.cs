using Edge.Buses;
using Edge.Hil.Emulation.Slcan;
using Edge.Hil.Plant;

namespace Edge.Hil.Emulation;

/// <summary>A CAN bus behind an SLCAN adapter, with the drives on it. Frames take no time: what is asked in a tick is answered in it.</summary>
internal sealed class EmulatedCanBus(SlcanAdapter adapter, EmulatedJoint[] joints, IMitObserver? observer, ulong seed)
{
    private ulong _random = seed | 1;
    private double _dropRate;

    public SlcanAdapter Adapter => adapter;

    /// <summary>Frames lost on the bus, in both directions, since construction.</summary>
    public long Dropped { get; private set; }

    /// <summary>Share of frames that are lost in each direction, 0..1.</summary>
    public double DropRate
    {
        get => Volatile.Read(ref _dropRate);
        set => Volatile.Write(ref _dropRate, value);
    }

    /// <summary>Takes the host's frames and answers them.</summary>
    public void Poll(IArmPlant plant, long nowNs)
    {
        foreach (var joint in joints)
            joint.Sense(plant);

        while (adapter.TryReceive(out var frame))
        {
            Observe(in frame, nowNs);
            if (IsLost())
                continue;

            foreach (var joint in joints)
            {
                if (joint.IsCut || !joint.Drive.Hears(in frame, adapter.BitRate, adapter.DataBitRate))
                    continue;
                if (joint.Drive.TryAnswer(in frame, nowNs, out var reply) && !joint.IsMute && !IsLost())
                    adapter.Send(in reply);
            }
        }

        adapter.Flush();
    }

    /// <summary>Runs the drives' own loops.</summary>
    public void Actuate(IArmPlant plant, long nowNs)
    {
        foreach (var joint in joints)
            joint.Actuate(plant, nowNs);
    }

    private void Observe(in CanFrame frame, long nowNs)
    {
        if (observer is null)
            return;

        foreach (var joint in joints)
        {
            var drive = joint.Drive;
            if (drive.TryReadCommand(in frame, out var command))
                observer.OnMitCommand(joint.Index, in command, drive.Format, drive.Enabled ? drive.EnableCount : 0, nowNs);
        }
    }

    /// <summary>Deterministic for a seed: xorshift64*.</summary>
    private bool IsLost()
    {
        var rate = DropRate;
        if (rate <= 0)
            return false;

        _random ^= _random >> 12;
        _random ^= _random << 25;
        _random ^= _random >> 27;
        if ((_random * 0x2545F4914F6CDD1DUL >> 11) * (1.0 / (1UL << 53)) >= rate)
            return false;

        Dropped++;
        return true;
    }
}
