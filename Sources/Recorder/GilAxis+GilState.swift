import ProfileModel
import SampleTypes

extension GilAxis {
  init(_ state: GilState) {
    switch state {
    case .held: self = .held
    case .released: self = .released
    case .waiting: self = .waiting
    case .none: self = .none
    }
  }
}
