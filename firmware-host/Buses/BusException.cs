namespace Edge.Buses;

/// <summary>A bus could not be opened; the message names the device and says what to do.</summary>
public sealed class BusException(string message) : IOException(message);
